#include "plan/problem/policies_json.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "exits/replay.h"
#include "plan/problem/policies.h"

namespace tandem::plan {
namespace {

using base::JsonView;

constexpr std::size_t kMostPolicies = 100'000;
constexpr std::size_t kMostThresholds = 1000;
constexpr double kMostThreshold = 1e18;

Policy read_policy(const JsonView& view, const Names& exits) {
  view.allow_only({"name", "accuracy", "exits"});
  Policy policy;
  policy.name = view["name"].string(kLongestName);
  policy.accuracy = view["accuracy"].number(0, 100);
  for (const auto& exit : view["exits"].items(kMostExits)) {
    exit.allow_only({"exit", "share", "threshold"});
    policy.exits.push_back(
        {exits.index_of(exit["exit"]), exit["share"].number(0, 1), number_or(exit, "threshold", 0, 0, kMostThreshold)});
  }
  return policy;
}

std::vector<JsonView> exit_rows(const JsonView& view, std::size_t exit_count) {
  auto rows = view.items(kMostExits);
  if (rows.size() != exit_count) {
    view.fail(fmt::format("one list for each of {} exits", exit_count));
  }
  return rows;
}

// "confidence" and "correct", each [exit][sample].
exits::Samples read_statistics(const JsonView& view, std::size_t exit_count) {
  view.allow_only({"confidence", "correct", "thresholds"});
  exits::Samples statistics;
  for (const auto& row : exit_rows(view["confidence"], exit_count)) {
    const auto numbers = read_numbers(row, 0, 1);
    statistics.confidence.emplace_back(numbers.begin(), numbers.end());
    if (numbers.empty() || numbers.size() != statistics.sample_count()) {
      row.fail(fmt::format("one number for each of {} samples", std::max<std::size_t>(1, statistics.sample_count())));
    }
  }
  for (const auto& row : exit_rows(view["correct"], exit_count)) {
    if (!row.json().is_array() || row.json().size() != statistics.sample_count()) {
      row.fail(fmt::format("a list of true or false for each of {} samples", statistics.sample_count()));
    }
    auto& is_right = statistics.is_right.emplace_back();
    for (const auto& json : row.json()) {
      is_right.push_back(json.is_boolean() ? json.get<bool>() : JsonView(json, row.where()).integer(0, 1) == 1);
    }
  }
  return statistics;
}

void replay_statistics(const JsonView& statistics, Problem& problem) {
  if (problem.exits.empty()) statistics.fail("none: the problem has no 'exits'");
  const exits::Samples read = read_statistics(statistics, problem.exits.size());
  const JsonView thresholds = statistics["thresholds"];
  if (thresholds.json().size() > kMostThresholds) {
    thresholds.fail(fmt::format("at most {} thresholds", kMostThresholds));
  }
  const std::vector<double> candidates = read_numbers(thresholds, 0, 1);
  problem.policies = at(statistics, [&] { return all_policies(problem, read, candidates, kMostPolicies); });
}

}  // namespace

void read_policies(const JsonView& root, const Names& exits, Problem& problem) {
  const auto policies = root.find("policies");
  const auto statistics = root.find("exit_statistics");
  if (policies && statistics) statistics->fail("either this or 'policies'");
  if (policies) {
    for (const auto& view : policies->items(kMostPolicies)) problem.policies.push_back(read_policy(view, exits));
  }
  if (statistics) replay_statistics(*statistics, problem);
}

}  // namespace tandem::plan
