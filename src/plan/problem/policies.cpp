#include "plan/problem/policies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"

namespace tandem::plan {
namespace {

constexpr double kNearlyCertain = 0.9995;

[[noreturn]] void fail(const std::string& what) {
  throw base::Error(base::ErrorKind::InvalidInput, "exit statistics: " + what);
}

void check_exits(const Problem& problem, const exits::Samples& statistics) {
  if (statistics.exit_count() != problem.exits.size())
    fail(fmt::format("they have {} exits, expected {} as in the model", statistics.exit_count(), problem.exits.size()));
}

// With two or three digits; just below 1, with all digits of the recorded numbers.
std::string text_of(double threshold) {
  const double hundredths = threshold * 100;
  if (std::abs(hundredths - std::round(hundredths)) < 1e-9) return fmt::format("{:.2f}", threshold);
  if (threshold < kNearlyCertain) return fmt::format("{:.3g}", threshold);
  return fmt::format("{}", static_cast<float>(threshold));
}

std::string name_of(const Problem& problem, const std::vector<ExitShare>& exits) {
  std::string name;
  for (const auto& each : exits) {
    const std::string& exit = problem.exits[each.exit].name;
    const bool is_last = &each == &exits.back();
    name += is_last ? exit : fmt::format("{} ≥ {}, ", exit, text_of(each.threshold));
  }
  return name;
}

// All sets of at least two of `count` exits, in the order of their binary numbers.
std::vector<std::vector<std::size_t>> sets_of_exits(std::size_t count) {
  std::vector<std::vector<std::size_t>> sets;
  for (std::size_t bits = 0; bits < std::size_t{1} << count; ++bits) {
    std::vector<std::size_t> exits;
    for (std::size_t exit = 0; exit < count; ++exit) {
      if ((bits >> exit & 1) != 0) exits.push_back(exit);
    }
    if (exits.size() >= 2) sets.push_back(std::move(exits));
  }
  return sets;
}

// The number of policies of n exits and t thresholds: n + Σ C(n, k) tᵏ⁻¹ over k ≥ 2.
double policy_count(double exits, double thresholds) {
  if (thresholds == 0) return exits;
  return exits + (std::pow(1 + thresholds, exits) - 1 - exits * thresholds) / thresholds;
}

// The next combination of indices below `base`, the last one fastest; false after the last combination.
bool advance(std::vector<std::size_t>& digits, std::size_t base) {
  for (std::size_t i = digits.size(); i-- > 0;) {
    if (++digits[i] < base) return true;
    digits[i] = 0;
  }
  return false;
}

}  // namespace

Policy fixed_exit(const Problem& problem, const exits::Samples& statistics, std::size_t exit) {
  return replay(problem, statistics, {exit}, {});
}

Policy replay(const Problem& problem, const exits::Samples& statistics, const std::vector<std::size_t>& exits,
              const std::vector<double>& thresholds) {
  check_exits(problem, statistics);
  const exits::Stops stops = exits::count_stops(statistics, exits, thresholds);
  const auto samples = static_cast<double>(statistics.sample_count());
  Policy policy;
  for (std::size_t i = 0; i < exits.size(); ++i) {
    const double threshold = i < thresholds.size() ? thresholds[i] : 0;
    policy.exits.push_back({exits[i], static_cast<double>(stops.counts[i]) / samples, threshold});
  }
  policy.accuracy = stops.accuracy;
  policy.name = name_of(problem, policy.exits);
  return policy;
}

std::vector<Policy> all_policies(const Problem& problem, const exits::Samples& statistics,
                                 const std::vector<double>& candidate_thresholds, std::size_t limit) {
  check_exits(problem, statistics);
  const std::size_t exit_count = statistics.exit_count();
  const double count = policy_count(static_cast<double>(exit_count), static_cast<double>(candidate_thresholds.size()));
  if (count > static_cast<double>(limit))
    fail(fmt::format("{} exits and {} thresholds make {:.0f} policies, expected at most {}: try fewer thresholds",
                     exit_count, candidate_thresholds.size(), count, limit));
  std::vector<Policy> policies;
  for (std::size_t exit = 0; exit < exit_count; ++exit) policies.push_back(fixed_exit(problem, statistics, exit));
  if (candidate_thresholds.empty()) return policies;
  for (const auto& exits : sets_of_exits(exit_count)) {
    std::vector<std::size_t> choice(exits.size() - 1, 0);
    do {
      std::vector<double> thresholds;
      for (const std::size_t index : choice) thresholds.push_back(candidate_thresholds[index]);
      policies.push_back(replay(problem, statistics, exits, thresholds));
    } while (advance(choice, candidate_thresholds.size()));
  }
  return policies;
}

}  // namespace tandem::plan
