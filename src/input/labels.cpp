#include "input/labels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file.h"

namespace tandem::input {
namespace {

using base::ElementType;
using base::ErrorKind;

constexpr std::size_t kMaxFileBytes = 64u << 20;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kSumTolerance = 0.01;  // a thousand float16 probabilities add up no better

template <class T, class Convert>
std::vector<double> converted(const base::Tensor& tensor, const Convert& convert) {
  std::vector<double> values;
  values.reserve(tensor.values<T>().size());
  for (const T value : tensor.values<T>()) values.push_back(convert(value));
  return values;
}

bool is_vector(const base::Tensor& tensor) {
  return std::ranges::count_if(tensor.shape(), [](auto dimension) { return dimension != 1; }) <= 1;
}

// Of floating point; none for other tensors.
std::optional<std::vector<double>> values_in(const base::Tensor& tensor) {
  const auto identity = [](auto value) { return static_cast<double>(value); };
  if (is_vector(tensor)) {
    switch (tensor.element()) {
      case ElementType::Float16:
        return converted<std::uint16_t>(tensor, base::half_to_float);
      case ElementType::BFloat16:
        return converted<std::uint16_t>(tensor, base::bfloat16_to_float);
      case ElementType::Float32:
        return converted<float>(tensor, identity);
      case ElementType::Float64:
        return converted<double>(tensor, identity);
      default:
        break;
    }
  }
  return std::nullopt;
}

std::vector<double> values_of(const base::Tensor& tensor) {
  if (auto values = values_in(tensor)) return std::move(*values);
  throw base::Error(ErrorKind::Unsupported,
                    fmt::format("no classes in an output of {} {}, expected floating point, one value a class",
                                base::name_of(tensor.element()), base::to_string(tensor.shape())));
}

bool is_usable(double value) {
  return !std::isnan(value) && value != kInfinity;
}

void refuse_nan_and_infinity(const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!is_usable(values[i])) {
      throw base::Error(ErrorKind::InvalidInput, fmt::format("class {} of the output is {}", i, values[i]));
    }
  }
}

bool is_distribution(const std::vector<double>& values) {
  const bool is_within = std::ranges::all_of(values, [](double value) { return value >= 0 && value <= 1; });
  return is_within && std::abs(std::accumulate(values.begin(), values.end(), 0.0) - 1) <= kSumTolerance;
}

void apply_softmax(std::vector<double>& values) {
  const double largest = std::ranges::max(values);
  double sum = 0;
  for (double& value : values) sum += value = largest == -kInfinity ? 1 : std::exp(value - largest);
  for (double& value : values) value /= sum;
}

}  // namespace

std::vector<std::string> parse_labels(std::string_view text, const std::string& source) {
  std::vector<std::string> labels;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > kMostLabelBytes || labels.size() == kMostLabels) {
      throw base::Error(ErrorKind::InvalidInput, fmt::format("{}:{}: expected at most {} labels of at most {} bytes",
                                                             source, labels.size() + 1, kMostLabels, kMostLabelBytes));
    }
    labels.emplace_back(line);
  }
  if (labels.empty()) throw base::Error(ErrorKind::InvalidInput, fmt::format("{}: no labels in it", source));
  return labels;
}

std::vector<std::string> read_labels(const std::filesystem::path& path) {
  return parse_labels(base::read_file(path, kMaxFileBytes), path.string());
}

bool is_finite_vector(const base::Tensor& output) {
  const auto values = values_in(output);
  return values && values->size() > 1 && std::ranges::all_of(*values, is_usable);
}

bool is_distribution(const base::Tensor& output) {
  const auto values = values_in(output);
  return values && is_distribution(*values);
}

std::vector<Guess> top_k(const base::Tensor& output, std::size_t k) {
  std::vector<double> values = values_of(output);
  refuse_nan_and_infinity(values);
  if (values.empty()) return {};
  if (!is_distribution(values)) apply_softmax(values);
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  k = std::min(k, order.size());
  const auto is_better = [&](std::size_t a, std::size_t b) {
    return values[a] != values[b] ? values[a] > values[b] : a < b;
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(), is_better);
  std::vector<Guess> guesses;
  for (std::size_t i = 0; i < k; ++i) guesses.push_back({order[i], values[order[i]]});
  return guesses;
}

}  // namespace tandem::input
