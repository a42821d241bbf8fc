// libtorch's Adam or SGD over the given parameters of a network, with a state that can be saved. Private to train/. Not
// synchronised.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "base/tensor.h"
#include "train/network.h"
#include "train/settings.h"

namespace torch::optim {
class Optimizer;
}

namespace tandem::train {

class ParameterOptimizer {
 public:
  // SGD with Nesterov's momentum, or Adam. Weight decay applies only to parameters with `decays`.
  ParameterOptimizer(std::vector<Parameter> parameters, const Settings& settings);
  ~ParameterOptimizer();
  ParameterOptimizer(ParameterOptimizer&&) noexcept;
  ParameterOptimizer& operator=(ParameterOptimizer&&) noexcept;

  // Makes one step along the gradients, and clears them. If their joint norm exceeds the settings' clip_norm, they are
  // scaled down to it (Pascanu, Mikolov and Bengio 2013, section 3.2).
  void step(double learning_rate);

  // The state after earlier steps: "momentum/NAME" (SGD), or "mean/NAME", "square/NAME" and "steps/NAME" (Adam), for
  // each parameter that has had a gradient.
  std::vector<base::NamedTensor> state() const;
  // Takes such a state back, before the first step. Throws Error(InvalidInput) on an entry that belongs to none of the
  // parameters.
  void set_state(const std::vector<base::NamedTensor>& state);

 private:
  std::vector<Parameter> parameters_;
  double clip_norm_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
};

}  // namespace tandem::train
