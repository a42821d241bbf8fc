#include "train/optimizer.h"

#include <torch/types.h>  // the headers below need it

#include <c10/util/C++17.h>
#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adam.h>
#include <torch/optim/sgd.h>

#include <map>
#include <utility>

#include "base/error.h"

namespace tandem::train {
namespace {

using torch::optim::AdamParamState;
using torch::optim::SGDParamState;
using State = std::map<std::string, base::Tensor>;

std::unique_ptr<torch::optim::OptimizerOptions> options_of(const Settings& settings, double weight_decay) {
  if (settings.optimizer == Optimizer::Adam)
    return std::make_unique<torch::optim::AdamOptions>(torch::optim::AdamOptions().weight_decay(weight_decay));
  return std::make_unique<torch::optim::SGDOptions>(torch::optim::SGDOptions(0)
                                                        .momentum(settings.momentum)
                                                        .nesterov(settings.momentum > 0)
                                                        .weight_decay(weight_decay));
}

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const std::vector<Parameter>& parameters,
                                                        const Settings& settings) {
  std::vector<at::Tensor> decaying;
  std::vector<at::Tensor> others;
  for (const auto& parameter : parameters) (parameter.decays ? decaying : others).push_back(parameter.value);
  const std::vector<torch::optim::OptimizerParamGroup> groups = {
      {decaying, options_of(settings, settings.weight_decay)}, {others, options_of(settings, 0)}};
  if (settings.optimizer == Optimizer::Adam) return std::make_unique<torch::optim::Adam>(groups);
  return std::make_unique<torch::optim::SGD>(groups, torch::optim::SGDOptions(0));
}

std::vector<at::Tensor> values_of(const std::vector<Parameter>& parameters) {
  std::vector<at::Tensor> values;
  for (const auto& parameter : parameters) values.push_back(parameter.value);
  return values;
}

// libtorch's name of a parameter.
std::string key_of(const Parameter& parameter) {
  return c10::guts::to_string(parameter.value.unsafeGetTensorImpl());
}

void save(std::vector<base::NamedTensor>& state, const char* what, const std::string& name, const at::Tensor& tensor) {
  if (tensor.defined()) state.push_back({what + ("/" + name), from_torch(tensor.contiguous().clone())});
}

const base::Tensor& find(const State& state, const std::string& name, const base::TensorType& type) {
  const auto found = state.find(name);
  if (found != state.end() && found->second.type() == type) return found->second;
  throw base::Error(base::ErrorKind::InvalidInput,
                    "the state '" + name + "' of the optimizer is missing or of another shape");
}

// In the memory layout of the parameter, so that later steps round in the same way.
at::Tensor load(const State& state, const char* what, const Parameter& parameter) {
  const auto sizes = parameter.value.sizes();
  const base::TensorType type{base::ElementType::Float32, {sizes.begin(), sizes.end()}};
  return at::empty_like(parameter.value.detach()).copy_(to_torch(find(state, what + ("/" + parameter.name), type)));
}

const base::TensorType kStepsType{base::ElementType::Int64, {1}};

base::Tensor of_steps(std::int64_t steps) {
  return base::Tensor::of<std::int64_t>(kStepsType, std::vector{steps});
}

std::unique_ptr<AdamParamState> load_adam(const State& state, const Parameter& parameter) {
  const std::string steps = "steps/" + parameter.name;
  if (!state.contains(steps)) return nullptr;
  auto loaded = std::make_unique<AdamParamState>();
  loaded->step(find(state, steps, kStepsType).values<std::int64_t>()[0]);
  loaded->exp_avg(load(state, "mean", parameter));
  loaded->exp_avg_sq(load(state, "square", parameter));
  return loaded;
}

std::unique_ptr<SGDParamState> load_sgd(const State& state, const Parameter& parameter) {
  if (!state.contains("momentum/" + parameter.name)) return nullptr;
  auto loaded = std::make_unique<SGDParamState>();
  loaded->momentum_buffer(load(state, "momentum", parameter));
  return loaded;
}

}  // namespace

ParameterOptimizer::ParameterOptimizer(std::vector<Parameter> parameters, const Settings& settings)
    : parameters_(std::move(parameters)),
      clip_norm_(settings.clip_norm),
      optimizer_(make_optimizer(parameters_, settings)) {}

ParameterOptimizer::~ParameterOptimizer() = default;
ParameterOptimizer::ParameterOptimizer(ParameterOptimizer&&) noexcept = default;
ParameterOptimizer& ParameterOptimizer::operator=(ParameterOptimizer&&) noexcept = default;

void ParameterOptimizer::step(double learning_rate) {
  for (auto& group : optimizer_->param_groups()) group.options().set_lr(learning_rate);
  if (clip_norm_ > 0) torch::nn::utils::clip_grad_norm_(values_of(parameters_), clip_norm_);
  optimizer_->step();
  for (auto& parameter : parameters_) parameter.value.mutable_grad() = at::Tensor();
}

std::vector<base::NamedTensor> ParameterOptimizer::state() const {
  std::vector<base::NamedTensor> state;
  for (const auto& parameter : parameters_) {
    const auto found = optimizer_->state().find(key_of(parameter));
    if (found == optimizer_->state().end()) continue;
    if (const auto* sgd = dynamic_cast<const SGDParamState*>(found->second.get()))
      save(state, "momentum", parameter.name, sgd->momentum_buffer());
    const auto* adam = dynamic_cast<const AdamParamState*>(found->second.get());
    if (adam == nullptr) continue;
    save(state, "mean", parameter.name, adam->exp_avg());
    save(state, "square", parameter.name, adam->exp_avg_sq());
    state.push_back({"steps/" + parameter.name, of_steps(adam->step())});
  }
  return state;
}

void ParameterOptimizer::set_state(const std::vector<base::NamedTensor>& state) {
  State by_name;
  for (const auto& [name, tensor] : state) by_name[name] = tensor;
  const bool is_adam = dynamic_cast<torch::optim::Adam*>(optimizer_.get()) != nullptr;
  for (const auto& parameter : parameters_) {
    std::unique_ptr<torch::optim::OptimizerParamState> loaded;
    if (is_adam) {
      loaded = load_adam(by_name, parameter);
    } else {
      loaded = load_sgd(by_name, parameter);
    }
    if (loaded != nullptr) optimizer_->state()[key_of(parameter)] = std::move(loaded);
  }
}

}  // namespace tandem::train
