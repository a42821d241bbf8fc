// The cuts of a model. A cut at position p separates the layers [0, p) from [p, count) of Graph's order; its frontier
// is the set of tensors that the second part needs from the first. Pure functions; thread-safe.
#pragma once

#include <cstddef>
#include <vector>

#include "model/graph.h"

namespace tandem::model {

struct Cut {
  std::size_t position = 0;
  std::vector<TensorId> tensors;  // the frontier, in order of production; model inputs still needed included
  std::size_t size_bytes = 0;     // of the whole frontier

  bool operator==(const Cut&) const = default;
};

// The smallest frontier at `position` in [0, layer count]. Position 0 is the model's input, the last one is empty.
Cut cut_at(const Graph& graph, std::size_t position);

// The layers that these tensors depend on, including those that make them.
std::vector<LayerRange> layers_for(const Graph& graph, std::vector<TensorId> tensors);

// The number of tensors that a request may carry (rpc/limits.h); also bounds the memory that a wide graph's cuts take.
inline constexpr std::size_t kMostTensorsInACut = 1024;

// Every position strictly between the first and the last layer at which a model can be cut: all one-tensor cuts, and
// between them the frontiers of several tensors. Left out: the positions of find_obstacles.
std::vector<Cut> find_cuts(const Graph& graph);

// A position at which a model cannot be cut.
struct Obstacle {
  std::size_t position = 0;
  std::vector<TensorId> tensors;  // those of the frontier that cannot be sent; empty: more than kMostTensorsInACut

  bool operator==(const Obstacle&) const = default;
};
std::vector<Obstacle> find_obstacles(const Graph& graph);

}  // namespace tandem::model
