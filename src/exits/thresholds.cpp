#include "exits/thresholds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"

namespace tandem::exits {
namespace {

constexpr double kRounding = 1e-9;
constexpr double kMostScans = 200;  // that are tried to find the exact answer
constexpr std::size_t kStartsAlike = 9;
constexpr std::size_t kDescents = 24;

[[noreturn]] void fail(const std::string& what) {
  throw base::Error(base::ErrorKind::InvalidInput, what);
}

void check_costs(const std::vector<double>& costs, std::size_t exit_count, const char* name) {
  if (costs.size() != exit_count)
    fail(fmt::format("exit costs: {} has {} numbers, expected one for each of {} exits", name, costs.size(),
                     exit_count));
  for (const double each : costs) {
    if (!std::isfinite(each) || each < 0)
      fail(fmt::format("exit costs: a {} is {}, expected a number of at least 0", name, each));
  }
}

void check_costs(const Samples& statistics, const ExitCosts& costs) {
  check_costs(costs.trunk_cost, statistics.exit_count(), "trunk_cost");
  check_costs(costs.head_cost, statistics.exit_count(), "head_cost");
}

bool is_cheaper(double cost, double other) {
  return cost < other * (1 - kRounding);
}

// At most `levels` confidences, ascending; the least is always among them.
std::vector<float> quantiles_of(std::vector<float> confidences, std::size_t levels) {
  for (const float each : confidences) {
    if (!std::isfinite(each)) fail(fmt::format("exit statistics: a confidence is {}, expected a finite number", each));
  }
  std::ranges::sort(confidences);
  std::vector<float> distinct;
  std::ranges::unique_copy(confidences, std::back_inserter(distinct));
  if (distinct.size() <= levels) return distinct;
  std::vector<float> quantiles;
  for (std::size_t i = 0; i < levels; ++i)
    quantiles.push_back(confidences[i * (confidences.size() - 1) / std::max<std::size_t>(levels - 1, 1)]);
  quantiles.erase(std::ranges::unique(quantiles).begin(), quantiles.end());
  return quantiles;
}

// By exit, the index of its threshold among its candidates. Their number: it is not in use, so nobody stops there and
// nobody pays its head. Everybody stops at the last exit, whatever is said of it.
using Levels = std::vector<std::size_t>;

// What samples cost together, and how many of them are right; or how that changes.
struct Tally {
  double cost = 0;
  std::ptrdiff_t right = 0;
  void add(const Tally& other, int sign = 1) {
    cost += sign * other.cost;
    right += sign * other.right;
  }
};

// Looks at policies and remembers, for each number of right answers, the cheapest. A scan looks at all that differ in
// the thresholds of two exits: it moves every sample on just once for each of the two.
class Search {
 public:
  Search(const Samples& statistics, const ExitCosts& costs, std::size_t levels)
      : statistics_(statistics),
        costs_(costs),
        last_(statistics.exit_count() - 1),
        best_(statistics.sample_count() + 1) {
    for (std::size_t exit = 0; exit <= last_; ++exit) add_exit(exit, levels);
    for (std::size_t exit = 0; exit <= last_; ++exit) keep(tally_of(exit), fixed(exit));
    is_exact_ = scans_for_all() <= kMostScans;
    Levels any(last_ + 1, 0);
    is_exact_ ? scan_all(any, 0) : scan_starts();
  }

  // Descends wherever the front leads: what is found for one accuracy helps its neighbours on.
  void improve() {
    for (const std::size_t right : spread(kDescents)) improve(right);
  }

  // Descends from the best that is known.
  void improve(std::size_t least_right) {
    if (is_exact_) return;
    for (Levels levels;;) {
      const Levels& best = best_[best_with(least_right)].levels;
      if (best == levels) return;
      levels = best;
      scan_pairs(levels);
    }
  }

  // How many answers of the cheapest policy with at least so many right ones are right. Where none has so many: of the
  // most accurate.
  std::size_t best_with(std::size_t least_right) const {
    std::size_t best = statistics_.sample_count();
    while (best_[best].levels.empty()) --best;
    for (std::size_t right = best; right > least_right;) {
      if (is_cheaper(best_[--right].cost, best_[best].cost)) best = right;
    }
    return best;
  }

  // By their right answers, at most `count` of the policies that no other beats: the ends, fixed exits, and others
  // evenly over accuracy and cost together.
  std::vector<std::size_t> spread(std::size_t count) const {
    const auto points = undominated();
    if (points.size() <= count) return points;
    std::set<std::size_t> chosen;
    const auto choose = [&](std::size_t right) {
      if (chosen.size() < count) chosen.insert(right);
    };
    choose(points.back());
    choose(points.front());
    for (const std::size_t right : points) {
      if (is_fixed(right)) choose(right);
    }
    const std::size_t steps = count - chosen.size();
    for (std::size_t i = 1; i <= steps; ++i)
      choose(at_share(points, static_cast<double>(i) / static_cast<double>(steps + 1)));
    return {chosen.begin(), chosen.end()};
  }

  // Without exits where nobody stops.
  ThresholdPolicy policy_of(std::size_t right) const {
    const Levels& levels = best_[right].levels;
    std::vector<bool> is_reached(last_ + 1, false);
    for (std::size_t sample = 0; sample < statistics_.sample_count(); ++sample)
      is_reached[stop_of(sample, levels)] = true;
    ThresholdPolicy policy;
    for (std::size_t exit = 0; exit <= last_; ++exit) {
      if (!is_reached[exit]) continue;
      policy.exits.push_back(exit);
      policy.thresholds.push_back(candidates_[exit][levels[exit]]);
    }
    policy.thresholds.pop_back();
    return evaluate(statistics_, costs_, policy);
  }

 private:
  struct Found {
    double cost = std::numeric_limits<double>::infinity();  // of all samples together
    Levels levels;
  };

  // What a scan knows of two exits, both in use, while the threshold of the first rises.
  struct Pair {
    std::size_t first = 0;
    std::size_t second = 0;
    std::vector<double> costs = {};          // by exit, of stopping there
    std::vector<std::size_t> stops = {};     // by sample: where it stops if it passes both
    Tally total = {};                        // while nobody passes the second
    std::vector<Tally> passing_second = {};  // by level: what changes when these samples pass it too
    double reach_first = 0;                  // samples
    double reach_second = 0;
  };

  void add_exit(std::size_t exit, std::size_t levels) {
    const auto& confidences = statistics_.confidence[exit];
    candidates_.push_back(quantiles_of(confidences, exit == last_ ? 1 : levels));
    const auto& candidates = candidates_.back();
    level_.emplace_back();
    with_level_.emplace_back(candidates.size() + 1);
    for (std::size_t sample = 0; sample < confidences.size(); ++sample) {
      const auto level = std::ranges::upper_bound(candidates, confidences[sample]) - candidates.begin();
      level_.back().push_back(static_cast<std::uint32_t>(level));
      with_level_.back()[static_cast<std::size_t>(level)].push_back(static_cast<std::uint32_t>(sample));
    }
  }

  double scans_for_all() const {
    double scans = 1;
    for (std::size_t exit = 0; exit + 3 <= last_; ++exit) scans *= static_cast<double>(options(exit));
    return scans;
  }

  std::size_t unused(std::size_t exit) const { return candidates_[exit].size(); }
  std::size_t options(std::size_t exit) const { return exit == last_ ? 1 : unused(exit) + 1; }

  Levels fixed(std::size_t stop) const {
    Levels levels;
    for (std::size_t exit = 0; exit <= last_; ++exit)
      levels.push_back(exit == stop || exit == last_ ? 0 : unused(exit));
    return levels;
  }

  bool is_fixed(std::size_t right) const {
    for (std::size_t exit = 0; exit <= last_; ++exit) {
      if (best_[right].levels == fixed(exit)) return true;
    }
    return false;
  }

  // Of all samples at this exit.
  Tally tally_of(std::size_t exit) const {
    const auto& is_right = statistics_.is_right[exit];
    return {static_cast<double>(is_right.size()) * (costs_.trunk_cost[exit] + costs_.head_cost[exit]),
            std::ranges::count(is_right, true)};
  }

  std::size_t stop_of(std::size_t sample, const Levels& levels) const {
    std::size_t exit = 0;
    while (exit < last_ && level_[exit][sample] <= levels[exit]) ++exit;
    return exit;
  }

  // By exit, of stopping there.
  std::vector<double> costs_along(const Levels& levels) const {
    std::vector<double> costs;
    double heads = 0;
    for (std::size_t exit = 0; exit <= last_; ++exit) {
      if (levels[exit] < unused(exit)) heads += costs_.head_cost[exit];
      costs.push_back(costs_.trunk_cost[exit] + heads);
    }
    return costs;
  }

  void keep(const Tally& tally, const Levels& levels) {
    Found& best = best_[static_cast<std::size_t>(tally.right)];
    if (!is_cheaper(tally.cost, best.cost)) return;
    best.cost = tally.cost;
    best.levels = levels;
  }

  // Every policy that differs from `levels` at most in what it says of first < second.
  void scan(Levels levels, std::size_t first, std::size_t second) {
    levels[first] = levels[second] = 0;
    Pair pair{first, second, costs_along(levels)};
    levels[first] = unused(first);
    levels[second] = unused(second);
    start(pair, levels);
    for (levels[first] = 0; levels[first] < options(first); ++levels[first]) {
      for (const std::size_t sample : with_level_[first][levels[first]]) pass_first(pair, sample);
      Tally here = pair.total;
      if (levels[first] == unused(first)) here.cost -= costs_.head_cost[first] * pair.reach_first;
      for (levels[second] = 0; levels[second] < options(second); ++levels[second]) {
        here.add(pair.passing_second[levels[second]]);
        if (levels[second] == unused(second)) here.cost -= costs_.head_cost[second] * pair.reach_second;
        keep(here, levels);
      }
    }
  }

  Tally tally_at(const Pair& pair, std::size_t exit, std::size_t sample) const {
    return {pair.costs[exit], statistics_.is_right[exit][sample] ? 1 : 0};
  }

  // Nobody passes the first.
  void start(Pair& pair, const Levels& without) const {
    pair.passing_second.resize(unused(pair.second) + 1);
    for (std::size_t sample = 0; sample < statistics_.sample_count(); ++sample) {
      pair.stops.push_back(stop_of(sample, without));
      pair.total.add(tally_at(pair, std::min(pair.first, pair.stops.back()), sample));
      if (pair.stops.back() > pair.first) ++pair.reach_first;
    }
  }

  void pass_first(Pair& pair, std::size_t sample) const {
    const std::size_t stop = pair.stops[sample];
    if (stop < pair.first) return;
    pair.total.add(tally_at(pair, pair.first, sample), -1);
    pair.total.add(tally_at(pair, std::min(pair.second, stop), sample));
    if (stop < pair.second) return;
    ++pair.reach_second;
    Tally& passing = pair.passing_second[level_[pair.second][sample]];
    passing.add(tally_at(pair, pair.second, sample), -1);
    passing.add(tally_at(pair, stop, sample));
  }

  // Every policy that there is: a scan of two exits for all that can be said of those before them.
  void scan_all(Levels& levels, std::size_t exit) {
    if (last_ == 0) return;  // but the fixed exit
    if (exit + 2 >= last_) return scan(levels, exit, exit + 1);
    for (levels[exit] = 0; levels[exit] < options(exit); ++levels[exit]) scan_all(levels, exit + 1);
  }

  void scan_pairs(const Levels& levels) {
    for (std::size_t first = 0; first < last_; ++first) {
      for (std::size_t second = first + 1; second < last_; ++second) scan(levels, first, second);
    }
  }

  // Fixed exits, and thresholds that about the same share of samples reaches at each exit.
  void scan_starts() {
    for (std::size_t exit = 0; exit <= last_; ++exit) scan_pairs(fixed(exit));
    for (std::size_t i = 1; i <= kStartsAlike; ++i) {
      Levels levels;
      for (const auto& candidates : candidates_) levels.push_back(candidates.size() * i / (kStartsAlike + 1));
      scan_pairs(levels);
    }
  }

  // By their right answers, ascending.
  std::vector<std::size_t> undominated() const {
    std::vector<std::size_t> points = {best_with(statistics_.sample_count())};
    for (std::size_t right = points.back(); right-- > 0;) {
      if (is_cheaper(best_[right].cost, best_[points.back()].cost)) points.push_back(right);
    }
    std::ranges::reverse(points);
    return points;
  }

  // The first of several points that lies at least so far, [0, 1], from their first to their last.
  std::size_t at_share(const std::vector<std::size_t>& points, double share) const {
    const auto share_between = [](double low, double value, double high) { return (value - low) / (high - low) / 2; };
    const auto share_of = [&](std::size_t right) {
      return share_between(static_cast<double>(points.front()), static_cast<double>(right),
                           static_cast<double>(points.back())) +
             share_between(best_[points.front()].cost, best_[right].cost, best_[points.back()].cost);
    };
    return *std::ranges::lower_bound(points, share, {}, share_of);
  }

  const Samples& statistics_;
  const ExitCosts& costs_;
  std::size_t last_;                                                 // exit
  std::vector<std::vector<float>> candidates_;                       // by exit: thresholds, ascending
  std::vector<std::vector<std::uint32_t>> level_;                    // by exit, by sample: how many of them it reaches
  std::vector<std::vector<std::vector<std::uint32_t>>> with_level_;  // by exit, by level: samples
  std::vector<Found> best_;                                          // by right answers; no levels: none is known
  bool is_exact_ = false;                                            // nothing is left to look at
};

// A replay checks all that a search relies on.
void check(const Samples& statistics, const ExitCosts& costs, std::size_t levels) {
  if (statistics.exit_count() == 0) fail("exit statistics: they speak of no exit, expected at least one");
  if (levels == 0) fail("thresholds: 0 levels, expected at least 1");
  evaluate(statistics, costs, {{0}, {}});
}

}  // namespace

ThresholdPolicy evaluate(const Samples& statistics, const ExitCosts& costs, ThresholdPolicy policy) {
  check_costs(statistics, costs);
  const Stops stops = count_stops(statistics, policy.exits, policy.thresholds);
  const auto samples = static_cast<double>(statistics.sample_count());
  double sum = 0;
  double heads = 0;
  policy.shares.clear();
  for (std::size_t i = 0; i < policy.exits.size(); ++i) {
    policy.shares.push_back(static_cast<double>(stops.counts[i]) / samples);
    heads += costs.head_cost[policy.exits[i]];
    sum += static_cast<double>(stops.counts[i]) * (costs.trunk_cost[policy.exits[i]] + heads);
  }
  policy.mean_cost = sum / samples;
  policy.accuracy = stops.accuracy;
  return policy;
}

ThresholdPolicy cheapest(const Samples& statistics, const ExitCosts& costs, double least_accuracy, std::size_t levels) {
  check(statistics, costs, levels);
  if (!std::isfinite(least_accuracy))
    fail(fmt::format("thresholds: an accuracy of {} %, expected a number", least_accuracy));
  const double share = std::clamp((least_accuracy - kRounding) / 100, 0.0, 1.0);
  const auto least_right = static_cast<std::size_t>(std::ceil(share * static_cast<double>(statistics.sample_count())));
  Search search(statistics, costs, levels);
  search.improve();
  search.improve(least_right);
  ThresholdPolicy policy = search.policy_of(search.best_with(least_right));
  if (policy.accuracy >= least_accuracy - kRounding) return policy;
  throw base::Error(
      base::ErrorKind::NotFound,
      fmt::format("thresholds: no policy has an accuracy of {:.2f} %, the best has {:.2f} %: ask for less",
                  least_accuracy, policy.accuracy));
}

std::vector<ThresholdPolicy> front(const Samples& statistics, const ExitCosts& costs, std::size_t count,
                                   std::size_t levels) {
  check(statistics, costs, levels);
  Search search(statistics, costs, levels);
  search.improve();
  std::vector<ThresholdPolicy> policies;
  for (const std::size_t right : search.spread(count)) policies.push_back(search.policy_of(right));
  return policies;
}

}  // namespace tandem::exits
