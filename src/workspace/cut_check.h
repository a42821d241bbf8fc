// A model split at its cuts, compared with the whole model: the work of `tandem verify`.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/tensor.h"
#include "engine/engine.h"
#include "engine/noise.h"
#include "model/model.h"

namespace tandem::workspace {

struct CutCheckOptions {
  int several = -1;         // checks this many of the cuts of several tensors, evenly spread; negative: all
  double tolerance = 1e-4;  // relative; the model's own noise may allow more
};

struct CutCheck {
  std::size_t checked = 0;
  std::size_t of_one_tensor = 0;  // of the checked cuts
  // Splits that were run: one if the parts between all neighbouring cuts, as a chain, compute the same as the whole.
  std::size_t splits = 0;
  double largest_difference = 0;                   // relative, of the splits that count
  std::pair<std::size_t, std::size_t> worst = {};  // the first and the last position of the split that differs most
  engine::Noise noise;                             // of the whole model
  std::size_t compared = 0;                        // outputs
  std::vector<std::string> uncompared;             // outputs that are no tensors of numbers
  // Every checked cut computes the same, by engine::is_same; never if nothing was compared, or of a random model.
  bool is_equal = true;
};
// Checks all cuts of one tensor, and those of several tensors by the options; runs nothing where there are none. Of a
// random model nothing can be proven. Splits the model at all of them at once. If that differs or the engine refuses a
// part, since errors add up along a chain and small parts may be refused, checks each half of the cuts so, down to
// single cuts.
CutCheck check_cuts(const model::Model& model, engine::Engine& engine, std::vector<base::NamedTensor> inputs,
                    const CutCheckOptions& options);

}  // namespace tandem::workspace
