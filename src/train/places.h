// For train's own sources: where exits may be added to a network that has none, and which of these places pay. Free of
// libtorch. Pure.
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

// A tensor that all further layers depend on, so that whoever has an answer from it needs nothing else.
struct Place {
  std::string tensor;
  base::Shape shape;      // [batch, channels, height, width] or [batch, features]; float32
  double trunk_cost = 0;  // multiply-accumulates up to it
  Head head;              // of at most a tenth of what stopping there saves; linear heads may take more
  double cost() const { return trunk_cost + head.multiply_accumulates; }
};

// Multiply-accumulates of all layers.
double full_cost(const model::Graph& graph);

inline constexpr std::size_t kMostPlaces = 24;

// Where stopping, the head counted, saves at least a tenth of the network's multiply-accumulates; ascending by cost, at
// most kMostPlaces, evenly by cost. Of places with next to no compute between them, the one of the fewest bytes, and of
// those alike the last: after the activation. Throws Error(NotFound) that says why there are none.
std::vector<Place> find_places(const model::Model& model, std::int64_t classes);

double percent_right(const std::vector<bool>& is_right);  // of at least one sample

struct PlaceChoice {
  std::vector<std::size_t> places;  // indices, ascending; at most as many as were asked for
  exits::ThresholdPolicy policy;    // over these places' exits, in their order, and the network's own answer
};

// Adds, one at a time, the place that lowers the mean cost of a request the most at an accuracy of at most
// `loss_points` below the network's own answer, until there are `count` of them or none saves another hundredth of the
// full cost. `statistics` speaks of an exit at each place and, last, of the network's own answer.
PlaceChoice choose_places(const std::vector<Place>& places, double full_cost, const exits::Samples& statistics,
                          std::size_t count, double loss_points);

}  // namespace tandem::train
