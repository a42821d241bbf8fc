#include "engine/noise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "base/error.h"
#include "model/randomness.h"

namespace tandem::engine {
namespace {

constexpr double kTimesNoise = 4;   // a split is optimised in two parts, and there are many cuts to one measurement
constexpr double kMostNoise = 0.1;  // beyond it, differences say nothing
constexpr double kHalfRounding = 0x1p-11;
constexpr double kBfloat16Rounding = 0x1p-8;

double coarsest_rounding(const model::Graph& graph) {
  double coarsest = 0;
  for (const auto& tensor : graph.tensors) {
    if (tensor.type.element == base::ElementType::Float16) coarsest = std::max(coarsest, kHalfRounding);
    if (tensor.type.element == base::ElementType::BFloat16) coarsest = std::max(coarsest, kBfloat16Rounding);
  }
  return coarsest;
}

const base::Tensor& find(const std::vector<base::NamedTensor>& tensors, const std::string& name) {
  const auto tensor = std::ranges::find(tensors, name, &base::NamedTensor::name);
  if (tensor == tensors.end())
    throw base::Error(base::ErrorKind::InvalidInput, fmt::format("tensor '{}' is missing", name));
  return tensor->tensor;
}

std::vector<base::Tensor> in_order_of(const Session& session, const std::vector<base::NamedTensor>& inputs) {
  std::vector<base::Tensor> ordered;
  for (const auto& wanted : session.inputs()) ordered.push_back(find(inputs, wanted.name));
  return ordered;
}

// The place of the largest value of a float32 vector; nothing for other tensors and where a value is NaN.
std::optional<std::size_t> class_of(const base::Tensor& tensor) {
  const auto is_long = [](std::int64_t dimension) { return dimension != 1; };
  if (tensor.element() != base::ElementType::Float32 || std::ranges::count_if(tensor.shape(), is_long) != 1) return {};
  const auto values = tensor.values<float>();
  if (values.empty() || std::ranges::any_of(values, [](float value) { return std::isnan(value); })) return {};
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

// A tie that the noise decides is none that a split could keep.
bool has_same_class(const base::Tensor& actual, const base::Tensor& expected, double tolerance) {
  const auto place = class_of(actual);
  const auto wanted = class_of(expected);
  if (!place || !wanted || place == wanted) return true;
  const auto values = expected.values<float>();
  const double gap = double{values[*wanted]} - double{values[*place]};
  const auto [least, greatest] = std::ranges::minmax(values);
  return gap <= tolerance * double{std::max(std::abs(least), std::abs(greatest))};
}

double tolerance_with(const OutputNoise& noise, double tolerance) {
  const bool excuses = tolerance >= 0 && noise.difference <= kMostNoise;
  return excuses ? std::max(tolerance, kTimesNoise * noise.difference) : tolerance;
}

bool is_floating(const base::Tensor& tensor) {
  using base::ElementType;
  const auto element = tensor.element();
  return element == ElementType::Float32 || element == ElementType::Float64 || element == ElementType::Float16 ||
         element == ElementType::BFloat16;
}

}  // namespace

double Noise::largest() const {
  double largest = 0;
  for (const auto& output : outputs) largest = std::max(largest, output.difference);
  return largest;
}

Noise noise_of(const model::Model& model, Engine& engine, const std::vector<base::NamedTensor>& inputs,
               const std::vector<base::NamedTensor>& optimized) {
  const model::Part whole = model.whole();
  const auto session = engine.load(whole, Optimization::None);
  const auto ordered = in_order_of(*session, inputs);
  const auto first = session->run(ordered);
  const auto again = session->run(ordered);
  const double rounding = coarsest_rounding(model.graph());
  Noise noise;
  noise.draws_numbers = model::draws_numbers(whole);
  for (std::size_t i = 0; i < first.size(); ++i) {
    const std::string& name = session->outputs()[i].name;
    const auto& fast = find(optimized, name);
    const double difference = base::relative_difference(first[i], fast);
    noise.outputs.push_back({name, std::max(difference, rounding), class_of(first[i]) == class_of(fast)});
    noise.between_runs = std::max(noise.between_runs, base::relative_difference(again[i], first[i]));
  }
  return noise;
}

bool is_same(const base::Tensor& actual, const base::Tensor& expected, const OutputNoise& noise, double tolerance) {
  const double difference = base::relative_difference(actual, expected);
  if (!is_floating(expected)) return difference == 0;
  const double allowed = tolerance_with(noise, tolerance);
  return difference <= allowed && (!noise.keeps_class || has_same_class(actual, expected, allowed));
}

Verdict compare(const std::vector<base::NamedTensor>& actual, const std::vector<base::NamedTensor>& expected,
                const Noise& noise, double tolerance) {
  Verdict verdict;
  for (const auto& [name, tensor] : actual) {
    const auto& wanted = std::ranges::find(expected, name, &base::NamedTensor::name)->tensor;
    const auto own = std::ranges::find(noise.outputs, name, &OutputNoise::name);
    verdict.difference = std::max(verdict.difference, base::relative_difference(tensor, wanted));
    verdict.is_same &= is_same(tensor, wanted, own == noise.outputs.end() ? OutputNoise{} : *own, tolerance);
  }
  return verdict;
}

}  // namespace tandem::engine
