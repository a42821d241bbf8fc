#include "train/network.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <utility>

namespace tandem::train {

using base::Error;
using base::ErrorKind;

namespace {

constexpr std::size_t kNone =
    std::numeric_limits<std::size_t>::max();  // in place of a slot: an omitted input or output

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

std::set<std::string> read_tensors(const model::Program& program) {
  std::set<std::string> read(program.outputs.begin(), program.outputs.end());
  for (const auto& node : program.nodes) read.insert(node.inputs.begin(), node.inputs.end());
  return read;
}

// Outputs without readers are omitted: few operators can make more than one.
void drop_unread_outputs(model::Program& program) {
  const auto read = read_tensors(program);
  for (auto& node : program.nodes) {
    for (auto& output : node.outputs) {
      if (!read.contains(output)) output.clear();
    }
  }
}

// Whether a node's result is new memory that its own gradient does not need. Then its only reader may overwrite it.
bool can_be_overwritten(const model::Node& node) {
  static const std::set<std::string> kMakers{"Conv", "Gemm", "BatchNormalization", "Add"};
  return kMakers.contains(node.op_type);
}

at::Tensor load(const base::Tensor& weight, const std::string& model, const std::string& name) {
  try {
    return to_torch(weight);
  } catch (const Error& error) {
    throw error.at(fmt::format("{}: initializer '{}'", model, name));
  }
}

}  // namespace

struct Network::Progress {
  Tensors values;                        // by slot
  std::vector<std::size_t> readers;      // by slot: remaining steps, and the caller
  std::vector<bool> can_be_overwritten;  // by slot
  std::vector<std::size_t> steps;        // remaining, the last one first
  std::int64_t batch = 1;
};

Network::Network(model::Program program) : program_(std::move(program)) {
  drop_unread_outputs(program_);
  const Structure structure(program_);
  logits_ = logits_of(program_);
  head_inputs_ = structure.head_inputs();
  for (const auto& input : program_.inputs) slot_of(input.name);
  if (!program_.inputs.empty() && !program_.inputs[0].type.shape.empty())
    batch_in_file_ = program_.inputs[0].type.shape[0];
  load_weights(structure);
  for (std::size_t i = 0; i < program_.nodes.size(); ++i) add_step(i, structure);
}

Network::Slot Network::slot_of(const std::string& tensor) {
  if (tensor.empty()) return kNone;
  const auto [slot, is_new] = slots_.emplace(tensor, constants_.size());
  if (is_new) constants_.emplace_back();
  return slot->second;
}

Network::Slot Network::known_slot(const std::string& tensor) const {
  const auto slot = slots_.find(tensor);
  if (slot != slots_.end()) return slot->second;
  throw Error(ErrorKind::InvalidInput, fmt::format("{}: no tensor '{}'", program_.name, tensor));
}

void Network::load_weights(const Structure& structure) {
  for (const auto& [name, weight] : program_.weights) constants_[slot_of(name)] = load(weight, program_.name, name);
  for (const auto& node : program_.nodes) {
    if (!has_running_statistics(node, program_)) continue;
    for (const auto& name : {node.inputs[3], node.inputs[4]}) {
      if (statistics_.contains(name)) continue;
      constants_[slot_of(name)] = statistics_[name] = constants_[slot_of(name)].clone();
    }
  }
  for (const auto& [name, decays] : find_learners(program_)) {
    const Need need = structure.need_of(name);
    if (!need.any()) continue;
    const Slot slot = slot_of(name);
    const auto value = std::exchange(constants_[slot], {}).clone().set_requires_grad(true);
    parameters_.push_back({name, value, need.first, structure.is_head(need), decays});
    parameter_slots_.push_back(slot);
  }
}

void Network::add_step(std::size_t index, const Structure& structure) {
  const auto& node = program_.nodes[index];
  Step step{.node = index, .is_in_head = structure.is_head(structure.need_of(node))};
  try {
    step.compute = make_operator(node, program_.opset);
  } catch (const Error& error) {
    fail(step, error.kind(), error.message());
  }
  for (const auto& name : node.inputs) step.inputs.push_back(slot_of(name));
  for (const auto& name : node.outputs) step.outputs.push_back(slot_of(name));
  step.can_be_overwritten = can_be_overwritten(node);
  step.can_train = node.op_type != "BatchNormalization" || has_running_statistics(node, program_);
  if (is_constant(step)) {
    keep_result(step);
  } else {
    steps_.push_back(std::move(step));
  }
}

bool Network::is_constant(const Step& step) const {
  return std::ranges::all_of(step.inputs, [&](Slot slot) { return slot == kNone || constants_[slot].defined(); });
}

void Network::keep_result(const Step& step) {
  const at::NoGradGuard guard;
  Tensors inputs;
  for (const Slot slot : step.inputs) inputs.push_back(slot == kNone ? at::Tensor() : constants_[slot]);
  const auto results = compute(step, inputs, {.batch = batch_in_file_, .batch_in_file = batch_in_file_});
  for (std::size_t i = 0; i < step.outputs.size(); ++i) {
    if (step.outputs[i] != kNone) constants_[step.outputs[i]] = results[i];
  }
}

void Network::fail(const Step& step, ErrorKind kind, const std::string& reason) const {
  const auto& node = program_.nodes[step.node];
  throw Error(kind, fmt::format("{}: node '{}': operator '{}' (opset {}): {}", program_.name, node.name, node.op_type,
                                program_.opset, reason));
}

Tensors Network::compute(const Step& step, const Tensors& inputs, const Circumstances& circumstances) const {
  try {
    return step.compute(inputs, circumstances);
  } catch (const c10::Error& error) {
    fail(step, ErrorKind::InvalidInput, first_line(error.what_without_backtrace()));
  } catch (const Error& error) {
    fail(step, error.kind(), error.message());
  }
}

// Only shapes of the model's own inputs are known in advance.
void Network::check_given(const std::string& name, const at::Tensor& tensor, std::int64_t batch) const {
  const auto input = std::ranges::find(program_.inputs, name, &base::NamedType::name);
  base::Shape expected = input == program_.inputs.end() ? tensor.sizes().vec() : input->type.shape;
  if (!expected.empty()) expected[0] = batch;
  if (batch > 0 && tensor.sizes() == expected) return;
  throw Error(ErrorKind::InvalidInput, fmt::format("{}: '{}' is {}, expected {}", program_.name, name,
                                                   base::to_string(tensor.sizes().vec()), base::to_string(expected)));
}

Network::Progress Network::start(const Values& given, const std::vector<std::string>& wanted) const {
  Progress progress{.values = constants_,
                    .readers = std::vector<std::size_t>(constants_.size(), 0),
                    .can_be_overwritten = std::vector<bool>(constants_.size(), false),
                    .batch = batch_in_file_};
  for (std::size_t i = 0; i < parameters_.size(); ++i) progress.values[parameter_slots_[i]] = parameters_[i].value;
  if (!given.empty() && given.begin()->second.dim() > 0) progress.batch = given.begin()->second.size(0);
  for (const auto& [name, tensor] : given) {
    check_given(name, tensor, progress.batch);
    const bool is_image = is_channels_last_ && tensor.dim() == 4;
    progress.values[known_slot(name)] = is_image ? tensor.contiguous(at::MemoryFormat::ChannelsLast) : tensor;
  }
  for (const auto& name : wanted) ++progress.readers[known_slot(name)];
  plan_steps(progress);
  return progress;
}

// The steps whose results are needed.
void Network::plan_steps(Progress& progress) const {
  const auto is_awaited = [&](Slot slot) {
    return slot != kNone && progress.readers[slot] > 0 && !progress.values[slot].defined();
  };
  for (std::size_t i = steps_.size(); i-- > 0;) {
    if (!std::ranges::any_of(steps_[i].outputs, is_awaited)) continue;
    progress.steps.push_back(i);
    const Slot made = steps_[i].outputs[0];  // all its readers come later, so their count is complete
    if (made != kNone) progress.can_be_overwritten[made] = steps_[i].can_be_overwritten && progress.readers[made] == 1;
    for (const Slot slot : steps_[i].inputs) {
      if (slot != kNone) ++progress.readers[slot];
    }
  }
  for (const auto& input : program_.inputs) {
    if (!is_awaited(slots_.at(input.name))) continue;
    throw Error(ErrorKind::InvalidInput, fmt::format("{}: input '{}' is not given", program_.name, input.name));
  }
}

Values Network::run(const Values& given, const std::vector<std::string>& wanted, const Run& how) {
  Progress progress = start(given, wanted);
  for (auto step = progress.steps.rbegin(); step != progress.steps.rend(); ++step) take(steps_[*step], progress, how);
  Values values;
  for (const auto& name : wanted) values[name] = progress.values[known_slot(name)];
  return values;
}

void Network::take(const Step& step, Progress& progress, const Run& how) const {
  Tensors inputs;
  inputs.reserve(step.inputs.size());
  for (const Slot slot : step.inputs) inputs.push_back(slot == kNone ? at::Tensor() : progress.values[slot]);
  const Slot first = step.inputs.empty() ? kNone : step.inputs[0];
  const bool is_frozen = how.heads_only && !step.is_in_head;
  const at::AutoGradMode mode(at::GradMode::is_enabled() && !is_frozen);
  const auto results = compute(step, inputs,
                               {.is_training = how.is_training && step.can_train && !is_frozen,
                                .may_overwrite = first != kNone && progress.can_be_overwritten[first],
                                .batch = progress.batch,
                                .batch_in_file = batch_in_file_});
  for (std::size_t i = 0; i < step.outputs.size(); ++i) {
    const Slot slot = step.outputs[i];
    if (slot == kNone || progress.readers[slot] == 0 || progress.values[slot].defined()) continue;
    progress.values[slot] = results[i];
  }
  for (const Slot slot : step.inputs) {
    if (slot != kNone && --progress.readers[slot] == 0) progress.values[slot].reset();
  }
}

std::map<std::string, base::Tensor> Network::trained_weights() const {
  std::map<std::string, base::Tensor> weights;
  const auto add = [&](const std::string& name, const at::Tensor& value) {
    weights[name] = from_torch(value.detach().clone(at::MemoryFormat::Contiguous));
  };
  for (const auto& parameter : parameters_) add(parameter.name, parameter.value);
  for (const auto& [name, value] : statistics_) add(name, value);
  return weights;
}

void Network::set_weights(const std::map<std::string, base::Tensor>& weights) {
  const at::NoGradGuard guard;
  for (const auto& [name, tensor] : weights) {
    const auto parameter = std::ranges::find(parameters_, name, &Parameter::name);
    const auto statistic = statistics_.find(name);
    if (parameter == parameters_.end() && statistic == statistics_.end())
      throw Error(ErrorKind::InvalidInput, fmt::format("{}: no trained weight '{}'", program_.name, name));
    const at::Tensor value = parameter != parameters_.end() ? parameter->value : statistic->second;
    if (tensor.element() != base::ElementType::Float32 || value.sizes() != at::IntArrayRef(tensor.shape()))
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("{}: weight '{}' is {} {}, expected float32 {}", program_.name, name,
                              base::name_of(tensor.element()), base::to_string(tensor.shape()),
                              base::to_string(value.sizes().vec())));
    value.copy_(to_torch(tensor));
  }
}

void Network::use_channels_last() {
  is_channels_last_ = true;
  for (auto& parameter : parameters_) {
    if (parameter.value.dim() == 4)
      parameter.value.set_data(parameter.value.detach().contiguous(at::MemoryFormat::ChannelsLast));
  }
}

}  // namespace tandem::train
