#include "plan/solve/stages.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <numeric>
#include <utility>

#include "plan/solve/incumbents.h"
#include "plan/solve/linear_costs.h"
#include "plan/solve/remainder.h"

namespace tandem::plan {
namespace {

// A plan up to the beginning of a stage.
struct Beginning {
  std::vector<double> values;  // as LinearCosts has them
  double busiest_ms = 0;
  double decode_ms = 0;         // at the beginning of the stage
  std::uint64_t used = 0;       // sets of targets
  std::uint32_t step = 0;       // how it came about
  std::uint32_t beaten_by = 0;  // others that dominate it
};

bool dominates(const Beginning& a, const Beginning& b) {
  return a.busiest_ms <= b.busiest_ms && a.decode_ms <= b.decode_ms && (a.used & b.used) == b.used &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin(), std::less_equal<>());
}

void add(const double* values, std::vector<double>& to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += values[i];
}

class StageSearch {
 public:
  explicit StageSearch(const Query& query)
      : query_(query),
        costs_(query, kNone),
        order_(query.target_count()),
        lists_(query.scenario.size() * query.target_count()),
        found_(query) {
    const auto links = links_by_tier(query);
    remainders_.emplace_back(query, query.objective, links);
    for (const auto& limit : query.limits) remainders_.emplace_back(query, limit.functional, links);
    for (std::size_t target = 0; target < query.target_count(); ++target)
      used_by_.push_back(needed_sets_with(query, target));
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::stable_sort(order_, {}, [&](std::size_t target) { return query.problem->targets[target].tier; });
  }

  Findings run() {
    steps_.emplace_back();
    list(0, 0).emplace_back().values.assign(costs_.width(), 0);
    bool is_stopped = false;
    for (std::size_t cut = 0; cut < query_.scenario.size() && !is_stopped; ++cut) {
      for (const std::size_t target : order_) {
        is_stopped = is_stopped || (query_.must_stop && query_.must_stop());
        if (!is_stopped) leave(target, cut);
      }
    }
    Findings findings = found_.take(is_stopped ? least() : kUnlimited);
    findings.is_proven = !is_stopped;
    findings.steps = steps_.size();
    return findings;
  }

 private:
  struct Step {
    std::uint32_t parent = 0;
    std::size_t from = 0;  // target
    std::size_t cut = 0;
    const LinearCosts::Hop* hop = nullptr;  // nullptr: the first stage begins
  };

  std::vector<Beginning>& list(std::size_t target, std::size_t cut) {
    return lists_[cut * query_.target_count() + target];
  }

  // No plan costs less.
  double least() const {
    return query_.minimises_period ? query_.constant : remainders_[0].from(0, 0) + query_.constant;
  }

  // All that follows from the stages that begin at a cut on a target.
  void leave(std::size_t target, std::size_t cut) {
    const std::vector<Beginning> begins = std::move(list(target, cut));
    if (begins.empty()) return;
    if (query_.problem->allows_relays || target == 0) {
      for (const Beginning& from : begins) hop_on(from, from.decode_ms, target, cut);
    }
    const double* first = costs_.first(target, cut);
    run_.assign(first, first + costs_.row());
    for (std::size_t end = cut + 1; end <= costs_.end(target, cut) && end_at(begins, target, cut, end); ++end)
      add(costs_.block(target, end), run_);
  }

  // The stages end at a cut, with `run_` as the sums of their blocks. False: neither they nor longer ones can.
  bool end_at(const std::vector<Beginning>& begins, std::size_t target, std::size_t cut, std::size_t end) {
    if (!is_within(run_[costs_.width() + 1], query_.memory_limit[target])) return false;
    const double* row = run_.data();
    const auto* segment = query_.segments.find(target, cut, end);
    if (segment != nullptr) {
      whole_ = costs_.row_of(*segment, target);
      row = whole_.data();
    }
    bool may_go_on = !query_.segments.of(target).empty();
    for (const Beginning& from : begins) {
      const double stage_ms = from.decode_ms + row[costs_.width()];
      if (is_too_busy(stage_ms)) continue;
      may_go_on = true;
      here_ = from;
      here_.used |= used_by_[target];
      add(row, here_.values);
      end == query_.scenario.size() ? finish(here_, stage_ms, target) : hop_on(here_, stage_ms, target, end);
    }
    return may_go_on;
  }

  // Whether no plan with such a stage or link is of use.
  bool is_too_busy(double ms) const {
    if (!query_.counts_period()) return false;
    return !is_within(ms, query_.period_limit) || (query_.minimises_period && ms + query_.constant >= found_.cutoff());
  }

  void hop_on(const Beginning& from, double stage_ms, std::size_t target, std::size_t cut) {
    for (const auto& hop : costs_.hops(target, cut)) {
      const double busy_ms = std::max({stage_ms + hop.encode_ms, hop.upload_ms, hop.answer_ms});
      if (is_too_busy(busy_ms)) continue;
      next_ = from;
      add(hop.values.data(), next_.values);
      next_.busiest_ms = std::max(from.busiest_ms, busy_ms);
      next_.decode_ms = hop.decode_ms;
      if (can_end_well(next_, hop.to, cut)) insert({from.step, target, cut, &hop});
    }
  }

  bool can_end_well(const Beginning& from, std::size_t target, std::size_t cut) const {
    const double objective = from.values[0] + remainders_[0].from(cut, target);
    if (objective == kUnlimited || !is_within(objective, query_.objective_limit)) return false;
    if (!query_.minimises_period && objective + query_.constant >= found_.cutoff()) return false;
    for (std::size_t i = 0; i < query_.limits.size(); ++i) {
      if (!query_.limits[i].holds(from.values[i + 1] + remainders_[i + 1].from(cut, target))) return false;
    }
    return true;
  }

  // Adds `next_` unless `count` others are at least as good. Among equals the first one counts.
  void insert(const Step& step) {
    auto& others = list(step.hop->to, step.cut);
    next_.beaten_by = 0;
    for (const Beginning& other : others) {
      if (dominates(other, next_) && ++next_.beaten_by >= query_.count) return;
    }
    for (Beginning& other : others) {
      if (dominates(next_, other) && !dominates(other, next_)) ++other.beaten_by;
    }
    std::erase_if(others, [&](const Beginning& other) { return other.beaten_by >= query_.count; });
    next_.step = static_cast<std::uint32_t>(steps_.size());
    steps_.push_back(step);
    others.push_back(next_);
  }

  void finish(const Beginning& whole, double stage_ms, std::size_t target) {
    const double period_ms = std::max(whole.busiest_ms, stage_ms);
    const double cost = query_.constant + (query_.minimises_period ? period_ms : whole.values[0]);
    if (cost >= found_.cutoff() || !is_within(whole.values[0], query_.objective_limit)) return;
    if (static_cast<std::size_t>(std::popcount(whole.used)) < query_.needed.size()) return;
    for (std::size_t i = 0; i < query_.limits.size(); ++i) {
      if (!query_.limits[i].holds(whole.values[i + 1])) return;
    }
    found_.offer(cost, decision(whole.step, target));
  }

  // Follows the steps back from the stage that ends the plan.
  Decision decision(std::uint32_t last, std::size_t target) const {
    std::vector<const Step*> hops;
    for (std::uint32_t step = last; steps_[step].hop != nullptr; step = steps_[step].parent)
      hops.push_back(&steps_[step]);
    std::ranges::reverse(hops);
    std::vector<std::size_t> route;
    std::vector<std::size_t> positions(query_.scenario.size(), hops.size());
    std::vector<Crossing> crossings;
    std::size_t rank = 0;
    for (std::size_t hop = 0; hop < hops.size(); ++hop) {
      route.push_back(hops[hop]->from);
      for (; rank < hops[hop]->cut; ++rank) positions[rank] = hop;
      const auto frontier = query_.scenario.frontier(hops[hop]->cut);
      for (std::size_t i = 0; i < frontier.size(); ++i)
        crossings.push_back({hop, query_.scenario.tensors[frontier[i]].tensor, hops[hop]->hop->encodings[i]});
    }
    route.push_back(target);
    std::ranges::sort(crossings);
    Decision made = make_decision(query_, std::move(route), positions);
    made.crossings = std::move(crossings);
    return made;
  }

  const Query& query_;
  LinearCosts costs_;
  std::vector<Remainder> remainders_;  // of the objective, then of each limit
  std::vector<std::uint64_t> used_by_;
  std::vector<std::size_t> order_;             // of targets, by tier
  std::vector<std::vector<Beginning>> lists_;  // by (cut, target)
  std::vector<Step> steps_;
  std::vector<double> run_, whole_;  // rows: of the stages that grow, of a measured one
  Beginning here_, next_;
  Incumbents found_;
};

}  // namespace

bool stages_fit(const Query& query) {
  return query.scenario.is_total_order && query.needed.size() <= 64 &&
         ((query.counts_period() && query.count > 1) || !query.segments.empty());
}

Findings solve_stages(const Query& query) {
  return StageSearch(query).run();
}

}  // namespace tandem::plan
