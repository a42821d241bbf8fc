#include "model/depth.h"

#include <algorithm>
#include <tuple>
#include <unordered_set>

namespace tandem::model {
namespace {

using Indices = std::vector<std::size_t>;
using Depth = std::tuple<std::size_t, double, std::size_t>;  // shared layers, work, layers

// The layers that a tensor depends on.
Indices needed_for(std::size_t tensor, const std::vector<OrderedLayer>& layers) {
  std::unordered_set<std::size_t> awaited = {tensor};
  Indices needed;
  for (std::size_t layer = layers.size(); layer-- > 0;) {
    const auto is_awaited = [&](std::size_t written) { return awaited.contains(written); };
    if (std::ranges::none_of(layers[layer].writes, is_awaited)) continue;
    awaited.insert(layers[layer].reads.begin(), layers[layer].reads.end());
    needed.push_back(layer);
  }
  return needed;
}

Depth depth_of(const Indices& needed, const std::vector<OrderedLayer>& layers, const Indices& answers_of_layer) {
  Depth depth = {0, 0, needed.size()};
  for (const std::size_t layer : needed) {
    std::get<0>(depth) += answers_of_layer[layer] > 1 ? 1 : 0;
    std::get<1>(depth) += layers[layer].work;
  }
  return depth;
}

}  // namespace

Indices deepest_answers(const std::vector<OrderedLayer>& layers, const Indices& answers) {
  std::vector<Indices> needed;
  Indices answers_of_layer(layers.size(), 0);
  for (const std::size_t answer : answers) {
    needed.push_back(needed_for(answer, layers));
    for (const std::size_t layer : needed.back()) ++answers_of_layer[layer];
  }
  std::ranges::stable_sort(needed, {}, [&](const Indices& each) { return depth_of(each, layers, answers_of_layer); });
  Indices deepest(layers.size(), 0);
  for (std::size_t rank = 0; rank < needed.size(); ++rank) {
    for (const std::size_t layer : needed[rank]) deepest[layer] = rank;
  }
  return deepest;
}

}  // namespace tandem::model
