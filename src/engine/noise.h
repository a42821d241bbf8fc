// The noise of a model: how much its answers differ although nothing is split. A split that differs no more computes
// the same. Used by verify.h's callers. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "base/tensor.h"
#include "engine/engine.h"
#include "model/model.h"

namespace tandem::engine {

struct OutputNoise {
  std::string name;
  // base::relative_difference of the whole as optimised from the whole as in the file; at least the rounding of the
  // model's coarsest type, since engines keep more digits within a stage than cross a cut.
  double difference = 0;
  bool keeps_class = true;  // the largest value stands at the same place in both
};

struct Noise {
  std::vector<OutputNoise> outputs;  // in the model's order
  double between_runs = 0;           // the largest difference of runs in the same way on the same inputs
  bool draws_numbers = false;        // an operator does; a few numbers may be the same twice
  bool is_random() const { return draws_numbers || between_runs > kLeastRandom; }
  double largest() const;  // of the outputs

  static constexpr double kLeastRandom = 1e-6;  // less is rounding in another order
};

// Runs the whole model as in the file, twice. `inputs` are the model's in any order, and `optimized` its outputs on
// them as the engine gives them at its best (verify.h, run_whole).
Noise noise_of(const model::Model& model, Engine& engine, const std::vector<base::NamedTensor>& inputs,
               const std::vector<base::NamedTensor>& optimized);

// Whether two values of an output are the same as far as the model's noise lets anyone tell. Integers: exactly. Other
// values: within `tolerance` or four times the noise, whichever is larger; noise of more than a tenth excuses nothing,
// nor does any with a tolerance below 0. The largest value of a float32 vector must stand at the same place, unless it
// is a tie within that difference or the model's own runs disagree.
bool is_same(const base::Tensor& actual, const base::Tensor& expected, const OutputNoise& noise, double tolerance);

// The same of several outputs of a model, each judged by its own noise. `expected` has all that `actual` has.
struct Verdict {
  double difference = 0;  // base::relative_difference, the largest of the outputs
  bool is_same = true;
};
Verdict compare(const std::vector<base::NamedTensor>& actual, const std::vector<base::NamedTensor>& expected,
                const Noise& noise, double tolerance);

}  // namespace tandem::engine
