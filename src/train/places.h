// Places for exits in a network that has none, and the choice among them. Free of libtorch. Private to train/. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "exits/thresholds.h"
#include "model/model.h"
#include "train/heads.h"

namespace tandem::train {

// A tensor on which all later layers depend; a request that stops there needs no other tensor.
struct Place {
  std::string tensor;
  base::Shape shape;      // [batch, channels, height, width] or [batch, features], float32
  double trunk_cost = 0;  // multiply-accumulates up to the tensor
  Head head;              // costs at most a tenth of what stopping there saves; linear heads may cost more
  double cost() const { return trunk_cost + head.multiply_accumulates; }
};

// Multiply-accumulates of all layers.
double full_cost(const model::Graph& graph);

inline constexpr std::size_t kMostPlaces = 24;

// All places where stopping saves at least a tenth of the network's multiply-accumulates, the head included. Ascending
// by cost; at most kMostPlaces, evenly spread by cost. Among places of nearly equal cost, the one with the fewest
// bytes, and among those the last, after the activation. Throws Error(NotFound), with the reason, when there are none.
std::vector<Place> find_places(const model::Model& model, std::int64_t classes);

double percent_right(const std::vector<bool>& is_right);  // at least one sample

struct PlaceChoice {
  std::vector<std::size_t> places;  // indices, ascending; at most `count`
  exits::ThresholdPolicy policy;    // over the exits at these places, in their order, and the network's own answer
};

// Greedy: adds the place that lowers the mean cost of a request the most while its accuracy stays within `loss_points`
// of the network's own, until there are `count` places or the next one saves less than a hundredth of the full cost.
// `statistics` has an exit for each place and, last, the network's own answer.
PlaceChoice choose_places(const std::vector<Place>& places, double full_cost, const exits::Samples& statistics,
                          std::size_t count, double loss_points);

}  // namespace tandem::train
