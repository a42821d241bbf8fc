// The cuts of a model for a link, and the tensors that cross there. Used by tandem codec and by experiments. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/model.h"

namespace tandem::tune {

// The cuts that divide no kernel (cost/fusion.h): position 0, and some of model.cuts(), ascending.
std::vector<model::Cut> cuts_between_kernels(const model::Model& model);

// The tensors of these cuts, the model's inputs included, in the order of their first cut.
std::vector<std::string> tensors_that_cross(const model::Model& model);

// A cut, and those of its tensors that cross no earlier one.
struct FirstCrossing {
  model::Cut cut;
  std::vector<std::size_t> tensors;  // places in cut.tensors
};

// The first cut of each of `tensors`, cuts ascending. Throws Error(NotFound) on a tensor that does not cross.
std::vector<FirstCrossing> first_crossings(const model::Model& model, const std::vector<std::string>& tensors);

}  // namespace tandem::tune
