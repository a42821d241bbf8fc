#include "model/cuts.h"

#include <algorithm>

namespace tandem::model {
namespace {

bool is_live(const TensorInfo& tensor, std::size_t position) {
  const bool is_made = tensor.producer == kNoLayer || tensor.producer < position;
  return is_made && !tensor.consumers.empty() && tensor.consumers.back() >= position;
}

void add(const Graph& graph, TensorId id, Cut& cut) {
  cut.tensors.push_back(id);
  cut.size_bytes += graph.tensors[id].size_bytes;
}

// Calls `action` with every position strictly between the first and the last layer, and its frontier.
template <class Action>
void for_each_frontier(const Graph& graph, const Action& action) {
  std::vector<TensorId> live = graph.inputs;
  for (std::size_t position = 1; position < graph.layers.size(); ++position) {
    for (const TensorId id : graph.layers[position - 1].outputs) live.push_back(id);
    std::erase_if(live, [&](TensorId id) { return !is_live(graph.tensors[id], position); });
    action(position, live);
  }
}

std::vector<TensorId> unsendable(const Graph& graph, std::vector<TensorId> tensors) {
  std::erase_if(tensors, [&](TensorId id) { return graph.tensors[id].can_be_sent(); });
  return tensors;
}

}  // namespace

Cut cut_at(const Graph& graph, std::size_t position) {
  Cut cut;
  cut.position = position;
  for (TensorId id = 0; id < graph.tensors.size(); ++id) {
    if (is_live(graph.tensors[id], position)) add(graph, id, cut);
  }
  return cut;
}

std::vector<Cut> find_cuts(const Graph& graph) {
  std::vector<Cut> cuts;
  for_each_frontier(graph, [&](std::size_t position, const std::vector<TensorId>& live) {
    if (live.size() > kMostTensorsInACut || !unsendable(graph, live).empty()) return;
    Cut cut;
    cut.position = position;
    for (const TensorId id : live) add(graph, id, cut);
    cuts.push_back(std::move(cut));
  });
  return cuts;
}

std::vector<Obstacle> find_obstacles(const Graph& graph) {
  std::vector<Obstacle> obstacles;
  for_each_frontier(graph, [&](std::size_t position, const std::vector<TensorId>& live) {
    const auto tensors = unsendable(graph, live);
    if (!tensors.empty() || live.size() > kMostTensorsInACut) obstacles.push_back({position, tensors});
  });
  return obstacles;
}

std::vector<LayerRange> layers_for(const Graph& graph, std::vector<TensorId> tensors) {
  std::vector<bool> is_needed(graph.layers.size());
  while (!tensors.empty()) {
    const std::size_t producer = graph.tensors[tensors.back()].producer;
    tensors.pop_back();
    if (producer == kNoLayer || is_needed[producer]) continue;
    is_needed[producer] = true;
    const auto& inputs = graph.layers[producer].inputs;
    tensors.insert(tensors.end(), inputs.begin(), inputs.end());
  }
  std::vector<LayerRange> ranges;
  for (std::size_t layer = 0; layer < is_needed.size(); ++layer) {
    if (!is_needed[layer]) continue;
    if (ranges.empty() || ranges.back().last != layer) ranges.push_back({layer, layer});
    ++ranges.back().last;
  }
  return ranges;
}

}  // namespace tandem::model
