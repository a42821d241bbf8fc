#include "plan/policies.h"

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

void check_statistics(const ExitStatistics& statistics) {
  const std::size_t exits = statistics.exit_count();
  const std::size_t samples = statistics.sample_count();
  if (samples == 0) fail("they have no samples, expected at least one");
  if (statistics.is_right.size() != exits)
    fail(fmt::format("is_right speaks of {} exits, expected {}", statistics.is_right.size(), exits));
  for (std::size_t exit = 0; exit < exits; ++exit) {
    for (const std::size_t count : {statistics.confidence[exit].size(), statistics.is_right[exit].size()}) {
      if (count != samples) fail(fmt::format("exit {} has {} samples, expected {}", exit, count, samples));
    }
  }
}

void check_exits(const Problem& problem, const ExitStatistics& statistics) {
  if (statistics.exit_count() != problem.exits.size())
    fail(fmt::format("they speak of {} exits, expected {}, as the model has", statistics.exit_count(),
                     problem.exits.size()));
}

void check_choice(const ExitStatistics& statistics, const std::vector<std::size_t>& exits,
                  const std::vector<double>& thresholds) {
  if (exits.empty()) fail("a policy has no exits, expected at least one");
  for (std::size_t i = 0; i < exits.size(); ++i) {
    if (exits[i] >= statistics.exit_count())
      fail(fmt::format("exit {} does not exist, expected 0 to {}", exits[i], statistics.exit_count() - 1));
    if (i > 0 && exits[i] <= exits[i - 1])
      fail(fmt::format("exit {} follows {}, expected ascending exits", exits[i], exits[i - 1]));
  }
  if (thresholds.size() + 1 != exits.size())
    fail(
        fmt::format("{} thresholds for {} exits, expected one for each but the last", thresholds.size(), exits.size()));
  for (const double threshold : thresholds) {
    if (!std::isfinite(threshold) || threshold < 0)
      fail(fmt::format("a threshold is {}, expected a number of at least 0", threshold));
  }
}

// Two or three digits, or, just below 1, all that the recorded numbers have.
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

// The place in `exits` where a sample stops.
std::size_t place_of_stop(const ExitStatistics& statistics, const std::vector<std::size_t>& exits,
                          const std::vector<double>& thresholds, std::size_t sample) {
  std::size_t place = 0;
  // Compared as they were recorded: 0.9f is less than 0.9.
  while (place < thresholds.size() &&
         !(statistics.confidence[exits[place]][sample] >= static_cast<float>(thresholds[place])))
    ++place;
  return place;
}

// All sets of at least two of `count` exits, by the binary number that they make.
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

// How many policies all_policies makes: of n exits and t thresholds, n + Σ C(n, k) tᵏ⁻¹ over k ≥ 2.
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

ExitStatistics statistics_of(const cost::ExitStatistics& measured, cost::Confidence confidence) {
  ExitStatistics statistics;
  for (const auto& exit : measured.exits) {
    statistics.confidence.push_back(exit.confidence[static_cast<std::size_t>(confidence)]);
    statistics.is_right.push_back(exit.is_right);
  }
  return statistics;
}

Stops count_stops(const ExitStatistics& statistics, const std::vector<std::size_t>& exits,
                  const std::vector<double>& thresholds) {
  check_statistics(statistics);
  check_choice(statistics, exits, thresholds);
  Stops stops{std::vector<std::size_t>(exits.size(), 0)};
  std::size_t right = 0;
  for (std::size_t sample = 0; sample < statistics.sample_count(); ++sample) {
    const std::size_t place = place_of_stop(statistics, exits, thresholds, sample);
    ++stops.counts[place];
    if (statistics.is_right[exits[place]][sample]) ++right;
  }
  stops.accuracy = 100 * static_cast<double>(right) / static_cast<double>(statistics.sample_count());
  return stops;
}

Policy fixed_exit(const Problem& problem, const ExitStatistics& statistics, std::size_t exit) {
  return replay(problem, statistics, {exit}, {});
}

Policy replay(const Problem& problem, const ExitStatistics& statistics, const std::vector<std::size_t>& exits,
              const std::vector<double>& thresholds) {
  check_exits(problem, statistics);
  const Stops stops = count_stops(statistics, exits, thresholds);
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

std::vector<Policy> all_policies(const Problem& problem, const ExitStatistics& statistics,
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
