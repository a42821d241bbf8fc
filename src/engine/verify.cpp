#include "engine/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"

namespace tandem::engine {
namespace {

using Tensors = std::vector<base::NamedTensor>;

const base::Tensor& find(const std::vector<base::NamedTensor>& tensors, const std::string& name) {
  const auto tensor = std::ranges::find(tensors, name, &base::NamedTensor::name);
  if (tensor == tensors.end())
    throw base::Error(base::ErrorKind::Internal, fmt::format("tensor '{}' is missing from a split", name));
  return tensor->tensor;
}

// Runs layers [first, last) on `tensors`, in a session of their own, and adds their outputs.
void run_stage(const model::Model& model, Engine& engine, std::size_t first, std::size_t last, Tensors& tensors) {
  const auto session = engine.load(model.extract(first, last));
  std::vector<base::Tensor> inputs;
  for (const auto& input : session->inputs()) inputs.push_back(find(tensors, input.name));
  auto outputs = session->run(inputs);
  for (std::size_t i = 0; i < outputs.size(); ++i)
    tensors.push_back({session->outputs()[i].name, std::move(outputs[i])});
}

}  // namespace

std::vector<base::NamedType> input_types(const model::Model& model) {
  std::vector<base::NamedType> types;
  for (const auto id : model.graph().inputs)
    types.push_back({model.graph().tensors[id].name, model.graph().tensors[id].type});
  return types;
}

std::vector<base::NamedTensor> made_up_inputs(const model::Model& model, unsigned seed) {
  const auto types = input_types(model);
  std::map<std::string, base::Shape> shapes;
  for (const auto& tensor : model.graph().tensors) {
    if (tensor.can_be_sent()) shapes.emplace(tensor.name, tensor.type.shape);
  }
  const auto values = made_up_inputs(types, seed, model::value_ranges(model.whole(), shapes));
  std::vector<base::NamedTensor> inputs;
  for (std::size_t i = 0; i < types.size(); ++i) inputs.push_back({types[i].name, values[i]});
  return inputs;
}

std::vector<base::NamedTensor> run_whole(const model::Model& model, Engine& engine,
                                         const std::vector<base::NamedTensor>& inputs) {
  Tensors tensors = inputs;
  run_stage(model, engine, 0, model.graph().layers.size(), tensors);
  Tensors outputs;
  for (const auto& output : model.output_types()) outputs.push_back({output.name, find(tensors, output.name)});
  return outputs;
}

SplitVerifier::SplitVerifier(const model::Model& model, Engine& engine, std::vector<base::NamedTensor> inputs)
    : model_(model), engine_(engine), inputs_(std::move(inputs)), expected_(run_whole(model, engine, inputs_)) {
  for (const auto& output : expected_) {
    if (output.tensor.empty()) uncompared_.push_back(output.name);
  }
}

// Only what later parts read and the user wants stays in memory.
void SplitVerifier::drop_dead(std::size_t position, Tensors& tensors) const {
  std::set<std::string> live;
  for (const auto& output : expected_) live.insert(output.name);
  for (const auto id : model::cut_at(model_.graph(), position).tensors) live.insert(model_.graph().tensors[id].name);
  std::erase_if(tensors, [&](const base::NamedTensor& tensor) { return !live.contains(tensor.name); });
}

Tensors SplitVerifier::run_split(const std::vector<std::size_t>& positions) {
  Tensors tensors = inputs_;
  std::size_t first = 0;
  for (const std::size_t position : positions) {
    run_stage(model_, engine_, first, position, tensors);
    drop_dead(position, tensors);
    first = position;
  }
  run_stage(model_, engine_, first, model_.graph().layers.size(), tensors);
  return tensors;
}

double SplitVerifier::difference_at(std::size_t position) {
  return judge({position}, {}, 0).difference;
}

Verdict SplitVerifier::judge(const std::vector<std::size_t>& positions, const Noise& noise, double tolerance) {
  const Tensors tensors = run_split(positions);
  Tensors outputs;
  for (const auto& expected : expected_) outputs.push_back({expected.name, find(tensors, expected.name)});
  return compare(outputs, expected_, noise, tolerance);
}

}  // namespace tandem::engine
