#include "engine/noise.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/error.h"

namespace tandem::engine {
namespace {

constexpr double kTimesNoise = 4;   // a split is optimised in two parts, and there are many cuts to one measurement
constexpr double kMostNoise = 0.1;  // beyond it, differences say nothing

std::vector<base::Tensor> in_order_of(const Session& session, const std::vector<base::NamedTensor>& inputs) {
  std::vector<base::Tensor> ordered;
  for (const auto& wanted : session.inputs()) {
    const auto input = std::ranges::find(inputs, wanted.name, &base::NamedTensor::name);
    if (input == inputs.end())
      throw base::Error(base::ErrorKind::InvalidInput, fmt::format("input '{}' is missing", wanted.name));
    ordered.push_back(input->tensor);
  }
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
  const auto magnitude = [](float value) { return std::abs(value); };
  return gap <= tolerance * double{std::ranges::max(values, {}, magnitude)};
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

Noise noise_of(const model::Model& model, Engine& engine, const std::vector<base::NamedTensor>& inputs) {
  const model::Part whole = model.whole();
  const auto session = engine.load(whole);
  const auto first = session->run(in_order_of(*session, inputs));
  const auto second = session->run(in_order_of(*session, inputs));
  const auto plain = engine.load(whole, Optimization::None);
  const auto unoptimized = plain->run(in_order_of(*plain, inputs));
  Noise noise;
  for (std::size_t i = 0; i < first.size(); ++i) {
    noise.outputs.push_back({session->outputs()[i].name, base::relative_difference(unoptimized[i], first[i]),
                             class_of(unoptimized[i]) == class_of(first[i])});
    noise.between_runs = std::max(noise.between_runs, base::relative_difference(second[i], first[i]));
  }
  return noise;
}

bool is_same(const base::Tensor& actual, const base::Tensor& expected, const OutputNoise& noise, double tolerance) {
  const double difference = base::relative_difference(actual, expected);
  if (!is_floating(expected)) return difference == 0;
  const double allowed = tolerance_with(noise, tolerance);
  return difference <= allowed && (!noise.keeps_class || has_same_class(actual, expected, allowed));
}

}  // namespace tandem::engine
