// A model cut in two at each of its cuts, compared with the whole model: the work of `tandem verify`.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/noise.h"
#include "model/model.h"

namespace tandem::workspace {

struct CutCheckOptions {
  int several = -1;         // checks this many of the cuts of several tensors, evenly spread; negative: all
  unsigned seed = 1;        // of the made-up inputs
  double tolerance = 1e-4;  // relative; the model's own noise may allow more
};

struct CutCheck {
  std::size_t checked = 0;
  std::size_t of_one_tensor = 0;        // of the checked cuts
  double largest_difference = 0;        // relative
  std::size_t worst_position = 0;       // of the cut with the largest difference
  engine::Noise noise;                  // of the whole model
  std::size_t compared = 0;             // outputs
  std::vector<std::string> uncompared;  // outputs that are no tensors of numbers
  // Every checked cut computes the same, by engine::is_same; never if nothing was compared, or of a random model.
  bool is_equal = true;
};
// Checks all cuts of one tensor, and those of several tensors by the options; none of a random model, of which nothing
// can be proven.
CutCheck check_cuts(const model::Model& model, engine::Engine& engine, const CutCheckOptions& options);

}  // namespace tandem::workspace
