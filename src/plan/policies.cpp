#include "plan/policies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"

namespace tandem::plan {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw base::Error(base::ErrorKind::InvalidInput, "exit statistics: " + what);
}

void check_statistics(const Problem& problem, const ExitStatistics& statistics) {
  const std::size_t exits = statistics.exit_count();
  const std::size_t samples = statistics.sample_count();
  if (exits != problem.exits.size())
    fail(fmt::format("they speak of {} exits, expected {}, as the model has", exits, problem.exits.size()));
  if (samples == 0) fail("they have no samples, expected at least one");
  if (statistics.is_right.size() != exits)
    fail(fmt::format("is_right speaks of {} exits, expected {}", statistics.is_right.size(), exits));
  for (std::size_t exit = 0; exit < exits; ++exit) {
    for (const std::size_t count : {statistics.confidence[exit].size(), statistics.is_right[exit].size()}) {
      if (count != samples) fail(fmt::format("exit {} has {} samples, expected {}", exit, count, samples));
    }
  }
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

// Two digits, or all of them where two do not tell.
std::string text_of(double threshold) {
  const double hundredths = threshold * 100;
  return std::abs(hundredths - std::round(hundredths)) < 1e-9 ? fmt::format("{:.2f}", threshold)
                                                              : fmt::format("{:g}", threshold);
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
std::size_t place_of_stop(const ExitStatistics& statistics, const std::vector<ExitShare>& exits, std::size_t sample) {
  std::size_t place = 0;
  // Compared as they were recorded: 0.9f is less than 0.9.
  while (place + 1 < exits.size() &&
         !(statistics.confidence[exits[place].exit][sample] >= static_cast<float>(exits[place].threshold)))
    ++place;
  return place;
}

Policy replay_checked(const Problem& problem, const ExitStatistics& statistics, const std::vector<std::size_t>& exits,
                      const std::vector<double>& thresholds) {
  Policy policy;
  for (std::size_t i = 0; i < exits.size(); ++i)
    policy.exits.push_back({exits[i], 0, i < thresholds.size() ? thresholds[i] : 0});
  std::vector<std::size_t> stops(exits.size(), 0);
  std::size_t right = 0;
  for (std::size_t sample = 0; sample < statistics.sample_count(); ++sample) {
    const std::size_t place = place_of_stop(statistics, policy.exits, sample);
    ++stops[place];
    if (statistics.is_right[exits[place]][sample]) ++right;
  }
  const auto samples = static_cast<double>(statistics.sample_count());
  for (std::size_t i = 0; i < exits.size(); ++i) policy.exits[i].share = static_cast<double>(stops[i]) / samples;
  policy.accuracy = 100 * static_cast<double>(right) / samples;
  policy.name = name_of(problem, policy.exits);
  return policy;
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

Policy fixed_exit(const Problem& problem, const ExitStatistics& statistics, std::size_t exit) {
  return replay(problem, statistics, {exit}, {});
}

Policy replay(const Problem& problem, const ExitStatistics& statistics, const std::vector<std::size_t>& exits,
              const std::vector<double>& thresholds) {
  check_statistics(problem, statistics);
  check_choice(statistics, exits, thresholds);
  return replay_checked(problem, statistics, exits, thresholds);
}

std::vector<Policy> all_policies(const Problem& problem, const ExitStatistics& statistics,
                                 const std::vector<double>& candidate_thresholds, std::size_t limit) {
  check_statistics(problem, statistics);
  const std::size_t exit_count = statistics.exit_count();
  const double count = policy_count(static_cast<double>(exit_count), static_cast<double>(candidate_thresholds.size()));
  if (count > static_cast<double>(limit))
    fail(fmt::format("{} exits and {} thresholds make {:.0f} policies, expected at most {}: try fewer thresholds",
                     exit_count, candidate_thresholds.size(), count, limit));
  std::vector<Policy> policies;
  for (std::size_t exit = 0; exit < exit_count; ++exit)
    policies.push_back(replay_checked(problem, statistics, {exit}, {}));
  if (candidate_thresholds.empty()) return policies;
  for (const auto& exits : sets_of_exits(exit_count)) {
    std::vector<std::size_t> choice(exits.size() - 1, 0);
    do {
      std::vector<double> thresholds;
      for (const std::size_t index : choice) thresholds.push_back(candidate_thresholds[index]);
      check_choice(statistics, exits, thresholds);
      policies.push_back(replay_checked(problem, statistics, exits, thresholds));
    } while (advance(choice, candidate_thresholds.size()));
  }
  return policies;
}

}  // namespace tandem::plan
