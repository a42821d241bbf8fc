#include "exits/statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include "base/error.h"

namespace tandem::exits {
namespace {

constexpr double kLeastTemperature = 0.05;
constexpr double kMostTemperature = 20;
constexpr double kTemperatureStep = 1e-4;
constexpr double kLeastProbability = std::numeric_limits<float>::min();  // so that underflowed values have a logarithm

[[noreturn]] void fail(const std::string& what) {
  throw base::Error(base::ErrorKind::InvalidInput, "an exit's probabilities: " + what);
}

bool has_nan(std::span<const float> values) {
  return std::ranges::any_of(values, [](float each) { return std::isnan(each); });
}

float largest_of(std::span<const float> probabilities) {
  float largest = 0;
  for (const float each : probabilities) {
    if (!std::isfinite(each) || each < 0) fail(fmt::format("one is {}, expected a number of at least 0", each));
    largest = std::max(largest, each);
  }
  if (largest == 0) fail(fmt::format("{} of them, none above 0, expected one that is", probabilities.size()));
  return largest;
}

// As tempered(), before rounding.
std::vector<double> distribution_of(std::span<const float> probabilities, double temperature) {
  const double largest = largest_of(probabilities);
  std::vector<double> powers(probabilities.begin(), probabilities.end());
  double sum = 0;
  for (double& each : powers) sum += each = std::pow(each / largest, 1 / temperature);
  for (double& each : powers) each /= sum;
  return powers;
}

double margin_of(const std::vector<double>& distribution) {
  double first = 0;
  double second = 0;
  for (const double each : distribution) {
    second = std::max(second, std::min(first, each));
    first = std::max(first, each);
  }
  return first - second;
}

double certainty_of(const std::vector<double>& distribution) {
  if (distribution.size() == 1) return 1;
  double sum = 0;
  for (const double each : distribution) sum += each > 0 ? each * std::log(each) : 0;
  return std::clamp(1 + sum / std::log(static_cast<double>(distribution.size())), 0.0, 1.0);
}

// The likelihood of labels at each temperature.
class Likelihood {
 public:
  Likelihood(std::span<const float> probabilities, std::size_t classes, std::span<const std::int64_t> labels)
      : classes_(classes) {
    if (classes == 0 || labels.empty() || probabilities.size() / classes != labels.size() ||
        probabilities.size() % classes != 0)
      fail(
          fmt::format("{} of them, expected {} labels times {} classes", probabilities.size(), labels.size(), classes));
    logarithms_.reserve(probabilities.size());
    for (std::size_t row = 0; row < labels.size(); ++row)
      add(probabilities.subspan(row * classes, classes), labels[row]);
  }

  bool is_empty() const { return logarithms_.empty(); }

  // Mean negative log-likelihood.
  double loss(double temperature) const {
    double sum = 0;
    for (std::size_t row = 0; row < logarithms_.size(); row += classes_) {
      double powers = 0;
      for (std::size_t i = row; i < row + classes_; ++i) powers += std::exp(logarithms_[i] / temperature);
      sum += std::log(powers);
    }
    return (sum - of_labels_ / temperature) * static_cast<double>(classes_) / static_cast<double>(logarithms_.size());
  }

 private:
  // Relative to the row's largest, so that no power overflows.
  void add(std::span<const float> row, std::int64_t label) {
    if (label < 0 || label >= static_cast<std::int64_t>(classes_))
      fail(fmt::format("a label is {}, expected 0 to {}", label, classes_ - 1));
    if (has_nan(row)) return;
    const double largest = std::log(std::max<double>(largest_of(row), kLeastProbability));
    for (const double each : row)
      logarithms_.push_back(static_cast<float>(std::log(std::max(each, kLeastProbability)) - largest));
    of_labels_ += logarithms_[logarithms_.size() - classes_ + static_cast<std::size_t>(label)];
  }

  std::size_t classes_;
  std::vector<float> logarithms_;
  double of_labels_ = 0;  // their sum
};

}  // namespace

const char* name_of(Confidence confidence) {
  switch (confidence) {
    case Confidence::MaximumSoftmax:
      return "softmax";
    case Confidence::Margin:
      return "margin";
    case Confidence::Entropy:
      return "entropy";
  }
  return "?";
}

Confidence parse_confidence(const std::string& text) {
  for (const Confidence confidence : kConfidences) {
    if (text == name_of(confidence)) return confidence;
  }
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("confidence: '{}', expected softmax, margin or entropy", text));
}

std::vector<float> probabilities_of(std::span<const float> answer) {
  constexpr double kTolerance = 1e-3;
  std::vector<float> probabilities(answer.begin(), answer.end());
  const double sum = std::accumulate(answer.begin(), answer.end(), 0.0);
  const bool is_distribution =
      std::abs(sum - 1) <= kTolerance && std::ranges::none_of(answer, [](float each) { return each < 0; });
  if (is_distribution || answer.empty()) return probabilities;
  const double most = *std::ranges::max_element(answer);
  double total = 0;
  for (const float each : answer) total += std::exp(each - most);
  std::ranges::transform(answer, probabilities.begin(),
                         [&](float each) { return static_cast<float>(std::exp(each - most) / total); });
  return probabilities;
}

std::int64_t likeliest_class(std::span<const float> answer) {
  const auto is_odd = [](float each) { return std::isnan(each) || each == std::numeric_limits<float>::infinity(); };
  if (answer.empty() || std::ranges::any_of(answer, is_odd)) return kNoClass;
  return std::ranges::max_element(answer) - answer.begin();
}

std::vector<float> tempered(std::span<const float> probabilities, double temperature) {
  const auto distribution = distribution_of(probabilities, temperature);
  std::vector<float> rounded(distribution.size());
  std::ranges::transform(distribution, rounded.begin(), [](double each) { return static_cast<float>(each); });
  return rounded;
}

double confidence_of(std::span<const float> probabilities, Confidence confidence, double temperature) {
  if (has_nan(probabilities)) return 0;
  const auto distribution = distribution_of(probabilities, temperature);
  switch (confidence) {
    case Confidence::MaximumSoftmax:
      return std::ranges::max(distribution);
    case Confidence::Margin:
      return margin_of(distribution);
    case Confidence::Entropy:
      return certainty_of(distribution);
  }
  return 0;
}

std::optional<ExitStatistics> in_order(ExitStatistics statistics, const std::vector<std::string>& names) {
  if (statistics.exits.size() != names.size()) return std::nullopt;
  std::vector<ExitRecord> ordered;
  for (const auto& name : names) {
    const auto exit = std::ranges::find(statistics.exits, name, &ExitRecord::name);
    if (exit == statistics.exits.end()) return std::nullopt;
    ordered.push_back(*exit);
  }
  statistics.exits = std::move(ordered);
  return statistics;
}

// The loss is convex in one over the temperature, so it has one valley.
double best_temperature(std::span<const float> probabilities, std::size_t classes,
                        std::span<const std::int64_t> labels) {
  const Likelihood likelihood(probabilities, classes, labels);
  if (likelihood.is_empty()) return 1;
  constexpr double kShare = std::numbers::phi - 1;
  double low = kLeastTemperature;
  double high = kMostTemperature;
  double left = high - kShare * (high - low);
  double right = low + kShare * (high - low);
  double left_loss = likelihood.loss(left);
  double right_loss = likelihood.loss(right);
  while (high - low > kTemperatureStep) {
    if (left_loss <= right_loss) {
      high = std::exchange(right, left);
      right_loss = left_loss;
      left = high - kShare * (high - low);
      left_loss = likelihood.loss(left);
    } else {
      low = std::exchange(left, right);
      left_loss = right_loss;
      right = low + kShare * (high - low);
      right_loss = likelihood.loss(right);
    }
  }
  const double best = (low + high) / 2;
  return likelihood.loss(best) < likelihood.loss(1) ? best : 1;
}

}  // namespace tandem::exits
