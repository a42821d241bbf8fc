#include "engine/verify.h"

#include <fmt/format.h>

#include <algorithm>

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
  const auto values = made_up_inputs(types, seed);
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

SplitVerifier::SplitVerifier(const model::Model& model, Engine& engine, unsigned seed)
    : model_(model),
      engine_(engine),
      inputs_(made_up_inputs(model, seed)),
      expected_(run_whole(model, engine, inputs_)) {
  for (const auto& output : expected_) {
    if (output.tensor.empty()) uncompared_.push_back(output.name);
  }
}

Tensors SplitVerifier::run_split(std::size_t position) {
  Tensors tensors = inputs_;
  run_stage(model_, engine_, 0, position, tensors);
  run_stage(model_, engine_, position, model_.graph().layers.size(), tensors);
  return tensors;
}

double SplitVerifier::difference_at(std::size_t position) {
  const Tensors tensors = run_split(position);
  double largest = 0;
  for (const auto& expected : expected_) {
    largest = std::max(largest, base::relative_difference(find(tensors, expected.name), expected.tensor));
  }
  return largest;
}

SplitVerifier::Verdict SplitVerifier::judge(std::size_t position, const Noise& noise, double tolerance) {
  const Tensors tensors = run_split(position);
  Verdict verdict;
  for (const auto& expected : expected_) {
    const auto& actual = find(tensors, expected.name);
    const auto own = std::ranges::find(noise.outputs, expected.name, &OutputNoise::name);
    verdict.difference = std::max(verdict.difference, base::relative_difference(actual, expected.tensor));
    const bool has_noise = own != noise.outputs.end();
    verdict.is_same &= is_same(actual, expected.tensor, has_noise ? *own : OutputNoise{}, tolerance);
  }
  return verdict;
}

}  // namespace tandem::engine
