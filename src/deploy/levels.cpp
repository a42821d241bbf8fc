#include "deploy/levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace tandem::deploy {
namespace {

using Flags = std::vector<char>;  // by layer

Flags flags_of(const std::vector<model::LayerRange>& ranges, std::size_t count) {
  Flags flags(count, 0);
  for (const auto& range : ranges) {
    for (std::size_t layer = range.first; layer < range.last; ++layer) flags[layer] = 1;
  }
  return flags;
}

// The layer and all that it depends on. Layers are in a topological order.
Flags needed_for(const model::Graph& graph, std::size_t layer) {
  Flags needed(graph.layers.size(), 0);
  needed[layer] = 1;
  for (std::size_t i = layer + 1; i-- > 0;) {
    if (needed[i] == 0) continue;
    for (const auto input : graph.layers[i].inputs) {
      const std::size_t producer = graph.tensors[input].producer;
      if (producer != model::kNoLayer) needed[producer] = 1;
    }
  }
  return needed;
}

// Moves the layers that are needed out of `left`.
std::vector<model::LayerRange> take(Flags& left, const Flags& needed) {
  std::vector<model::LayerRange> ranges;
  for (std::size_t layer = 0; layer < left.size(); ++layer) {
    if (left[layer] == 0 || needed[layer] == 0) continue;
    left[layer] = 0;
    if (ranges.empty() || ranges.back().last != layer) ranges.push_back({layer, layer});
    ++ranges.back().last;
  }
  return ranges;
}

}  // namespace

std::size_t layer_of_exit(const model::Graph& graph, const std::string& name) {
  const auto tensor = std::ranges::find(graph.tensors, name, &model::TensorInfo::name);
  if (tensor == graph.tensors.end() || !tensor->is_answer || tensor->producer == model::kNoLayer)
    throw base::Error(base::ErrorKind::InvalidInput, fmt::format("exit '{}' is no output of the model", name));
  return tensor->producer;
}

std::vector<plan::Share> shares_in_order(const model::Graph& graph, const plan::Plan& plan, const plan::Stage& stage) {
  if (plan.exits.empty() || !stage.steps.empty() || stage.ranges.empty()) return plan::shares_of(stage);
  Flags left = flags_of(stage.ranges, graph.layers.size());
  std::vector<plan::Share> shares;
  for (const auto& exit : plan.exits) {
    const std::size_t layer = layer_of_exit(graph, exit.name);
    if (left[layer] != 0) shares.push_back({stage.target, take(left, needed_for(graph, layer))});
  }
  auto rest = take(left, Flags(left.size(), 1));
  if (!rest.empty()) shares.push_back({stage.target, std::move(rest)});
  return shares;
}

}  // namespace tandem::deploy
