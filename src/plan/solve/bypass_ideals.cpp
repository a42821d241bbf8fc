#include "plan/solve/bypass_ideals.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include "plan/solve/bypass_leaves.h"
#include "plan/solve/bypass_load.h"
#include "plan/solve/ideal_lattice.h"
#include "plan/solve/query.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostIdeals = 60'000;
constexpr double kGrowth = 1.1;      // of the threshold
constexpr double kRounding = 1e-12;  // relative: of sums in different orders
constexpr std::size_t kWorkBetweenLooks = 1 << 16;
constexpr std::size_t kMostPasses = 400;  // where no plan is feasible
constexpr std::uint32_t kNobody = static_cast<std::uint32_t>(-1);

class Program {
 public:
  Program(const Query& query, const std::vector<Bundle>& bundles, const IdealLattice& lattice,
          const std::function<bool()>& must_stop)
      : query_(query),
        bundles_(bundles),
        lattice_(lattice),
        must_stop_(must_stop),
        stage_(query, bundles),
        next_(lattice.size()),
        left_ms_(lattice.size()),
        seen_(lattice.size(), 0),
        words_((bundles.size() + 63) / 64),
        blocks_(lattice.size() * words_, 0) {
    for (std::uint32_t ideal = 0; ideal < lattice.size(); ++ideal) {
      for (const auto& step : lattice.steps(ideal)) next_[step.from].push_back({ideal, step.bundle});
      if (ideal == 0) continue;
      const auto& step = lattice.steps(ideal)[0];
      std::copy_n(blocks_.begin() + static_cast<std::ptrdiff_t>(step.from * words_), words_,
                  blocks_.begin() + static_cast<std::ptrdiff_t>(ideal * words_));
      blocks_[ideal * words_ + step.bundle / 64] |= std::uint64_t{1} << step.bundle % 64;
    }
    for (std::size_t ideal = lattice.size(); ideal-- > 0;) {
      for (const auto& step : lattice.steps(ideal)) left_ms_[step.from] = left_ms_[ideal] + least_ms(step.bundle);
    }
    order_.resize(query.target_count());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::stable_sort(order_, {}, [&](std::size_t target) { return query.problem->targets[target].tier; });
  }

  double least_period() const {
    double machines = 0, most = 1, longest = 0;
    for (const auto& target : query_.problem->targets) {
      machines += static_cast<double>(target.replicas);
      most = std::max(most, static_cast<double>(target.replicas));
    }
    for (std::size_t block = 0; block < bundles_.size(); ++block) longest = std::max(longest, least_ms(block));
    return std::max(longest / most, left_ms_[0] / machines);
  }

  // The plan of the least period within the threshold.
  bool run(double threshold_ms) {
    threshold_ms_ = threshold_ms * (1 + kRounding);
    reach_.assign(order_.size() * lattice_.size(), {});
    best_ms_ = kUnlimited;
    for (std::size_t place = 0; place < order_.size() && !is_stopped_; ++place) visit(place);
    return best_ms_ <= threshold_ms_;
  }

  bool is_stopped() const { return is_stopped_; }
  double period_ms() const { return best_ms_; }
  std::size_t steps() const { return work_; }

  Decision decision() const {
    std::vector<std::size_t> route;
    std::vector<std::size_t> position(query_.scenario.size(), 0);
    std::size_t target = best_target_;
    std::size_t ideal = lattice_.size() - 1;
    while (true) {
      const Reached& last = at(target, ideal);
      route.push_back(target);
      for (std::size_t block = 0; block < bundles_.size(); ++block) {
        if (!contains(ideal, block) || contains(last.from, block)) continue;
        for (const std::size_t rank : bundles_[block].ranks) position[rank] = route.size() - 1;
      }
      if (last.before == kNobody) break;
      ideal = last.from;
      target = last.before;
    }
    std::ranges::reverse(route);
    for (std::size_t& each : position) each = route.size() - 1 - each;
    return make_decision(query_, std::move(route), position);
  }

 private:
  struct Edge {
    std::uint32_t to;
    std::uint32_t block;
  };
  // The least of the longest loads of plans whose last stage so far ends at an ideal.
  struct Reached {
    double ms = kUnlimited;
    std::uint32_t from = kNobody;    // the ideal where its last stage begins
    std::uint32_t before = kNobody;  // the target of the stage before
  };

  const Reached& at(std::size_t target, std::size_t ideal) const { return reach_[target * lattice_.size() + ideal]; }

  double least_ms(std::size_t bundle) const {
    double least = kUnlimited;
    for (std::size_t target = 0; target < query_.target_count(); ++target) {
      double sum = 0;
      for (const std::size_t rank : bundles_[bundle].ranks) sum += query_.block_ms(rank, target);
      if (may(bundle, target)) least = std::min(least, sum);
    }
    return least == kUnlimited ? 0 : least;
  }

  bool may(std::size_t bundle, std::size_t target) const {
    return std::ranges::all_of(bundles_[bundle].ranks, [&](std::size_t rank) { return query_.may(rank, target); });
  }

  // A stage may also run nothing but blocks that were joined to others'.
  bool may_relay() const { return query_.problem->allows_relays || bundles_.size() < query_.scenario.size(); }

  bool contains(std::size_t ideal, std::size_t block) const {
    return (blocks_[ideal * words_ + block / 64] >> block % 64 & 1) != 0;
  }

  // All stages on a target.
  void visit(std::size_t place) {
    const std::size_t target = order_[place];
    double later = 0;
    for (std::size_t i = place; i < order_.size(); ++i)
      later += static_cast<double>(query_.problem->targets[order_[i]].replicas);
    for (std::uint32_t ideal = 0; ideal < lattice_.size() && !is_stopped_; ++ideal) {
      const Reached entry = entry_of(target, ideal);
      if (entry.ms > threshold_ms_ || left_ms_[ideal] > later * threshold_ms_) continue;
      stage_.begin(target);
      const double idle_ms = std::max(entry.ms, stage_.idle_load());
      if ((target == 0 || may_relay()) && idle_ms <= threshold_ms_) offer(target, ideal, entry, ideal, idle_ms);
      ++stamp_;
      grow(target, ideal, ideal, entry);
    }
  }

  Reached entry_of(std::size_t target, std::uint32_t ideal) const {
    if (target == 0) return ideal == 0 ? Reached{0, 0, kNobody} : Reached{};
    Reached best;
    for (std::size_t link = 0; link < query_.problem->links.size(); ++link) {
      const Link& each = query_.problem->links[link];
      if (each.to != target || !query_.may_use_link[link]) continue;
      const Reached& before = at(each.from, ideal);
      if (before.ms < best.ms) best = {before.ms, ideal, static_cast<std::uint32_t>(each.from)};
    }
    return best;
  }

  void grow(std::size_t target, std::uint32_t begin, std::uint32_t ideal, const Reached& entry) {
    if ((++work_ % kWorkBetweenLooks) == 0 && must_stop_ && must_stop_()) is_stopped_ = true;
    if (is_stopped_) return;
    for (const Edge& edge : next_[ideal]) {
      if (seen_[edge.to] == stamp_ || !may(edge.block, target)) continue;
      seen_[edge.to] = stamp_;
      stage_.add(edge.block);
      if (stage_.least_load() <= threshold_ms_ && stage_.memory() <= most_within(query_.memory_limit[target])) {
        const double ms = std::max(entry.ms, stage_.load());
        if (ms <= threshold_ms_) offer(target, edge.to, entry, begin, ms);
        grow(target, begin, edge.to, entry);
      }
      stage_.remove(edge.block);
    }
  }

  void offer(std::size_t target, std::uint32_t ideal, const Reached& entry, std::uint32_t begin, double ms) {
    Reached& here = reach_[target * lattice_.size() + ideal];
    if (ms >= here.ms) return;
    here = {ms, begin, entry.before};
    if (ideal + 1 == lattice_.size() && ms < best_ms_) {
      best_ms_ = ms;
      best_target_ = target;
    }
  }

  const Query& query_;
  const std::vector<Bundle>& bundles_;
  const IdealLattice& lattice_;
  const std::function<bool()>& must_stop_;
  StageLoad stage_;
  std::vector<std::vector<Edge>> next_;  // by ideal
  std::vector<double> left_ms_;          // of the blocks outside an ideal, each where it is fastest
  std::vector<std::size_t> order_;       // targets by tier
  std::vector<std::uint32_t> seen_;      // by ideal: the stage that has come there last
  std::uint32_t stamp_ = 0;
  const std::size_t words_;            // of the bits of an ideal
  std::vector<std::uint64_t> blocks_;  // [ideal × words + word]
  std::vector<Reached> reach_;         // [target × ideals + ideal]
  double threshold_ms_ = 0;
  double best_ms_ = kUnlimited;
  std::size_t best_target_ = 0;
  std::size_t work_ = 0;
  bool is_stopped_ = false;
};

bool fits(const Problem& problem) {
  const bool has_exits =
      problem.policies.size() > 1 || (!problem.policies.empty() && problem.policies[0].exits.size() > 1);
  const bool has_segments =
      std::ranges::any_of(problem.targets, [](const Target& each) { return !each.segments.empty(); });
  const bool keeps_tiers = std::ranges::none_of(problem.links, [&](const Link& each) {
    return problem.targets[each.from].tier == problem.targets[each.to].tier;
  });
  return !has_exits && !has_segments && keeps_tiers;
}

}  // namespace

BypassIdeals solve_bypass_ideals(const Problem& problem, double limit_ms, const std::function<bool()>& must_stop) {
  BypassIdeals found;
  if (!fits(problem)) return found;
  const Query query = make_query(problem, 0);
  const std::vector<Bundle> bundles = join_leaves(query);
  const auto lattice = make_lattice(query, bundles, kMostIdeals);
  if (!lattice) return found;
  Program program(query, bundles, *lattice, must_stop);
  found.bound_ms = program.least_period();
  double threshold = found.bound_ms * (1 + kRounding);
  for (std::size_t pass = 0; pass < kMostPasses && found.bound_ms < limit_ms; ++pass, threshold *= kGrowth) {
    const bool has_plan = program.run(std::min(threshold, limit_ms));
    found.steps = program.steps();
    if (has_plan) found.decision = program.decision();
    if (program.is_stopped()) break;
    found.bound_ms = std::max(found.bound_ms, has_plan ? program.period_ms() : std::min(threshold, limit_ms));
    if (has_plan || threshold >= limit_ms) break;
  }
  return found;
}

}  // namespace tandem::plan
