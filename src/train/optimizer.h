// For train's own sources: libtorch's Adam or SGD over some parameters of a network, with a state that can be written
// down. Not synchronised.
#pragma once

#include <torch/types.h>

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
  // SGD with Nesterov's momentum, or Adam; the weight decay of `settings` for those that decay only.
  ParameterOptimizer(std::vector<Parameter> parameters, const Settings& settings);
  ~ParameterOptimizer();
  ParameterOptimizer(ParameterOptimizer&&) noexcept;
  ParameterOptimizer& operator=(ParameterOptimizer&&) noexcept;

  // One step along the gradients, which are gone afterwards. Where they are longer than the settings' clip_norm, all of
  // them together, they are shortened to it (Pascanu, Mikolov and Bengio 2013, section 3.2).
  void step(double learning_rate);

  // What it remembers of earlier steps: "momentum/NAME" (SGD), or "mean/NAME", "square/NAME" and "steps/NAME" (Adam),
  // for each parameter that has had a gradient.
  std::vector<base::NamedTensor> state() const;
  // The same, taken back, before any step. Throws Error(InvalidInput) on what is not of these parameters.
  void set_state(const std::vector<base::NamedTensor>& state);

 private:
  std::vector<Parameter> parameters_;
  double clip_norm_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
};

}  // namespace tandem::train
