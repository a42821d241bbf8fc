#include "plan/chain.h"

#include <algorithm>
#include <tuple>

namespace tandem::plan {
namespace {

// The K best ways to each (cut, target, has the stage begun), by Bellman's recursion over blocks: with K = 1 it is the
// usual shortest path on a layered graph; with more, each entry keeps its K cheapest (Hoffman and Pavley 1959).
class ChainSolver {
 public:
  ChainSolver(const Problem& problem, std::size_t count)
      : problem_(problem),
        count_(count),
        targets_(problem.targets.size()),
        table_((problem.block_count() + 1) * targets_ * 2) {}

  std::vector<Plan> solve() {
    entries(0, 0, kFresh).push_back({});
    for (std::size_t cut = 0; cut <= problem_.block_count(); ++cut) {
      if (cut > 0) run_block(cut - 1);
      for (const std::size_t link : links_by_origin_tier()) hop(problem_.links[link], cut);
    }
    return best_plans();
  }

 private:
  static constexpr std::size_t kFresh = 0;  // nothing has run on the target yet
  static constexpr std::size_t kBegun = 1;

  struct Origin {
    std::size_t cut, target, phase, rank;
  };
  struct Entry {
    double cost_ms = 0;
    std::size_t stages = 0;
    Origin from{};
    bool has_origin = false;
  };

  std::vector<Entry>& entries(std::size_t cut, std::size_t target, std::size_t phase) {
    return table_[(cut * targets_ + target) * 2 + phase];
  }

  // Links in the order in which their origins are complete at a cut: hops go to later tiers only.
  const std::vector<std::size_t>& links_by_origin_tier() {
    if (link_order_.empty() && !problem_.links.empty()) {
      for (std::size_t i = 0; i < problem_.links.size(); ++i) link_order_.push_back(i);
      std::ranges::stable_sort(link_order_, {},
                               [&](std::size_t i) { return problem_.targets[problem_.links[i].from].tier; });
    }
    return link_order_;
  }

  void run_block(std::size_t block) {
    for (std::size_t target = 0; target < targets_; ++target) {
      const ProblemTarget& costs = problem_.targets[target];
      extend({block, target, kFresh, 0}, {block + 1, target, kBegun, 0},
             costs.stage_overhead_ms + costs.block_ms[block], 1);
      extend({block, target, kBegun, 0}, {block + 1, target, kBegun, 0}, costs.block_ms[block], 0);
    }
  }

  // A target hands on its frontier, or, if it has run nothing, what it was handed: it may be a mere relay.
  void hop(const ProblemLink& link, std::size_t cut) {
    if (cut == problem_.block_count()) return;
    const double cost = exchange_ms(problem_, link, cut);
    for (const std::size_t phase : {kFresh, kBegun}) {
      extend({cut, link.from, phase, 0}, {cut, link.to, kFresh, 0}, cost, 0);
    }
  }

  void extend(const Origin& from, const Origin& to, double cost_ms, std::size_t stages) {
    const auto& sources = entries(from.cut, from.target, from.phase);
    auto& reached = entries(to.cut, to.target, to.phase);
    for (std::size_t rank = 0; rank < sources.size(); ++rank) {
      Entry entry{sources[rank].cost_ms + cost_ms,
                  sources[rank].stages + stages,
                  {from.cut, from.target, from.phase, rank},
                  true};
      const auto is_better = [](const Entry& a, const Entry& b) {
        return std::tie(a.cost_ms, a.stages) < std::tie(b.cost_ms, b.stages);
      };
      reached.insert(std::ranges::upper_bound(reached, entry, is_better), entry);
      if (reached.size() > count_) reached.pop_back();
    }
  }

  std::vector<Plan> best_plans() {
    struct Finish {
      double cost_ms;
      std::size_t stages;
      std::size_t target;
      std::size_t rank;
      auto operator<=>(const Finish&) const = default;
    };
    std::vector<Finish> finishes;
    const std::size_t all = problem_.block_count();
    for (std::size_t target = 0; target < targets_; ++target) {
      const auto& finals = entries(all, target, kBegun);
      for (std::size_t rank = 0; rank < finals.size(); ++rank)
        finishes.push_back({finals[rank].cost_ms, finals[rank].stages, target, rank});
    }
    std::ranges::sort(finishes);
    if (finishes.size() > count_) finishes.resize(count_);
    std::vector<Plan> plans;
    for (const auto& finish : finishes) plans.push_back(trace({all, finish.target, kBegun, finish.rank}));
    return plans;
  }

  Plan trace(Origin at) {
    std::vector<std::size_t> targets = {at.target};
    std::vector<std::size_t> ends = {at.cut};
    while (true) {
      const Entry& entry = entries(at.cut, at.target, at.phase)[at.rank];
      if (!entry.has_origin) break;
      if (entry.from.target != at.target) {
        targets.push_back(entry.from.target);
        ends.push_back(entry.from.cut);
      }
      at = entry.from;
    }
    std::ranges::reverse(targets);
    std::ranges::reverse(ends);
    return price(problem_, targets, ends);
  }

  const Problem& problem_;
  std::size_t count_;
  std::size_t targets_;
  std::vector<std::vector<Entry>> table_;
  std::vector<std::size_t> link_order_;
};

}  // namespace

std::vector<Plan> solve_chain(const Problem& problem, std::size_t count) {
  if (problem.block_count() == 0 || count == 0) return {};
  return ChainSolver(problem, count).solve();
}

}  // namespace tandem::plan
