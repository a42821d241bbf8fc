// Checks by running that a model cut in two computes the same as the whole. Used by `tandem verify` and tests.
#pragma once

#include <string>
#include <vector>

#include "base/tensor.h"
#include "engine/engine.h"
#include "engine/noise.h"
#include "model/model.h"

namespace tandem::engine {

// The inputs of the model, in its order: their types, and made-up values (see engine.h).
std::vector<base::NamedType> input_types(const model::Model& model);
std::vector<base::NamedTensor> made_up_inputs(const model::Model& model, unsigned seed = 1);

// The whole model on `inputs`, in one session: its outputs, in its order.
std::vector<base::NamedTensor> run_whole(const model::Model& model, Engine& engine,
                                         const std::vector<base::NamedTensor>& inputs);

class SplitVerifier {
 public:
  // Runs the whole model once. `model` and `engine` must outlive this.
  SplitVerifier(const model::Model& model, Engine& engine, std::vector<base::NamedTensor> inputs);
  explicit SplitVerifier(const model::Model& model, Engine& engine, unsigned seed = 1)
      : SplitVerifier(model, engine, made_up_inputs(model, seed)) {}

  // Runs the layers before `position` and those from it as two models, each loaded and optimised by itself, and
  // compares every output of the model but uncompared() with that of the whole. Returns the largest
  // base::relative_difference.
  double difference_at(std::size_t position);

  // The same for a split into several parts, at positions in ascending order: each part is loaded and run once, on the
  // tensors that the parts before it made, and judged by the model's own noise (noise.h). If it is the same, the parts
  // compute the same at each of the positions.
  Verdict judge(const std::vector<std::size_t>& positions, const Noise& noise, double tolerance);

  const std::vector<base::NamedTensor>& inputs() const { return inputs_; }
  const std::vector<base::NamedTensor>& expected() const { return expected_; }  // the outputs of the whole

  // The outputs that are no tensors of numbers, such as sequences: nothing compares them.
  const std::vector<std::string>& uncompared() const { return uncompared_; }

 private:
  std::vector<base::NamedTensor> run_split(const std::vector<std::size_t>& positions);
  void drop_dead(std::size_t position, std::vector<base::NamedTensor>& tensors) const;

  const model::Model& model_;
  Engine& engine_;
  std::vector<base::NamedTensor> inputs_;
  std::vector<base::NamedTensor> expected_;
  std::vector<std::string> uncompared_;
};

}  // namespace tandem::engine
