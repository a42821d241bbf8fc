#include "plan/solve/linear.h"

#include <algorithm>
#include <bit>

#include "plan/solve/incumbents.h"
#include "plan/solve/linear_costs.h"
#include "plan/solve/remainder.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kFewOptions = 256;  // ways to encode a frontier

// A plan up to the beginning of a stage.
struct Beginning {
  std::size_t target = 0;
  std::size_t cut = 0;
  std::vector<double> values;  // as LinearCosts has them
  double busiest_ms = 0;
  double decode_ms = 0;  // at the beginning of the stage
  std::uint64_t used = 0;
};

class Enumeration {
 public:
  Enumeration(const Query& query, std::size_t most_steps, std::size_t most_options)
      : query_(query), costs_(query, most_options), found_(query), steps_left_(most_steps) {
    const auto links = links_by_tier(query);
    remainders_.emplace_back(query, query.objective, links);
    for (const auto& limit : query.limits) remainders_.emplace_back(query, limit.functional, links);
    leads_on_.assign(query.target_count(), 0);
    for (const std::size_t link : links) leads_on_[query.problem->links[link].from] = 1;
    for (std::size_t target = 0; target < query.target_count(); ++target)
      used_by_.push_back(needed_sets_with(query, target));
    stages_.resize(query.problem->tiers.size());
  }

  Findings run() {
    const std::size_t steps = steps_left_;
    stages_[0].begins.values.assign(costs_.width(), 0);
    visit(0);
    Findings findings = found_.take(is_stopped_ ? least() : kUnlimited);
    findings.is_proven = !is_stopped_;
    findings.steps = steps - steps_left_;
    return findings;
  }

 private:
  // No plan costs less.
  double least() const {
    return query_.minimises_period ? query_.constant : remainders_[0].from(0, 0) + query_.constant;
  }

  bool must_stop() {
    if (is_stopped_) return true;
    const bool asks = steps_left_ % 4096 == 0 && query_.must_stop;
    is_stopped_ = steps_left_ == 0 || (asks && query_.must_stop());
    if (!is_stopped_) --steps_left_;
    return is_stopped_;
  }

  // All plans that go on like the stage at this depth: it ends at every cut that is possible.
  void visit(std::size_t depth) {
    const Beginning& from = stages_[depth].begins;
    const std::size_t count = query_.scenario.size();
    const std::size_t end = costs_.end(from.target, from.cut);
    auto& run = stages_[depth].run;
    const double* first = costs_.first(from.target, from.cut);
    run.assign(first, first + costs_.row());
    add(costs_.rest(from.target, from.cut + 1), run);
    if (end == count) end_at(count, depth);
    if (query_.problem->allows_relays || from.target == 0) hop_on(from, from.decode_ms, depth);
    if (!leads_on_[from.target]) return;
    run.assign(first, first + costs_.row());
    for (std::size_t cut = from.cut + 1; cut <= std::min(end, count - 1); ++cut) {
      if (!end_at(cut, depth)) return;
      add(costs_.block(from.target, cut), run);
    }
  }

  // The stage at this depth ends at a cut, with `run` as the sums of its blocks. False: it cannot, nor at any later
  // one. (A longer one takes no less, unless whole stages were measured.)
  bool end_at(std::size_t cut, std::size_t depth) {
    const Beginning& from = stages_[depth].begins;
    Beginning& here = stages_[depth].ends;
    const double memory_bytes = stages_[depth].run[costs_.width() + 1];
    if (!is_within(memory_bytes, query_.memory_limit[from.target]) || must_stop()) return false;
    const double* run = stages_[depth].run.data();
    if (const auto* segment = query_.segments.find(from.target, from.cut, cut)) {
      whole_ = costs_.row_of(*segment, from.target);
      run = whole_.data();
    }
    const double stage_ms = from.decode_ms + run[costs_.width()];
    if (is_too_busy(stage_ms)) return !query_.segments.of(from.target).empty();
    here = from;
    here.cut = cut;
    here.used |= used_by_[from.target];
    add(run, here.values);
    cut == query_.scenario.size() ? finish(here, stage_ms, depth) : hop_on(here, stage_ms, depth);
    return true;
  }

  static void add(const double* values, std::vector<double>& to) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += values[i];
  }

  // Whether no plan with such a stage or link is of use.
  bool is_too_busy(double ms) const {
    if (!query_.counts_period()) return false;
    return !is_within(ms, query_.period_limit) || (query_.minimises_period && ms + query_.constant >= found_.cutoff());
  }

  void hop_on(const Beginning& from, double stage_ms, std::size_t depth) {
    for (const auto& hop : costs_.hops(from.target, from.cut)) {
      const double busy_ms = std::max({stage_ms + hop.encode_ms, hop.upload_ms, hop.answer_ms});
      if (is_too_busy(busy_ms) || !can_end_well(from, hop)) continue;
      stages_[depth].hop = &hop;
      stages_[depth].cut = from.cut;
      Beginning& next = stages_[depth + 1].begins;
      next = from;
      next.target = hop.to;
      next.busiest_ms = std::max(from.busiest_ms, busy_ms);
      next.decode_ms = hop.decode_ms;
      for (std::size_t i = 0; i < next.values.size(); ++i) next.values[i] += hop.values[i];
      visit(depth + 1);
    }
  }

  bool can_end_well(const Beginning& from, const LinearCosts::Hop& hop) const {
    const auto least = [&](std::size_t i) {
      return from.values[i] + hop.values[i] + remainders_[i].from(from.cut, hop.to);
    };
    const double objective = least(0);
    if (objective == kUnlimited || !is_within(objective, query_.objective_limit)) return false;
    if (!query_.minimises_period && objective + query_.constant >= found_.cutoff()) return false;
    for (std::size_t i = 0; i < query_.limits.size(); ++i) {
      if (!query_.limits[i].holds(least(i + 1))) return false;
    }
    return true;
  }

  void finish(const Beginning& whole, double stage_ms, std::size_t depth) {
    const double period_ms = std::max(whole.busiest_ms, stage_ms);
    const double cost = query_.constant + (query_.minimises_period ? period_ms : whole.values[0]);
    if (cost >= found_.cutoff() || !is_within(whole.values[0], query_.objective_limit)) return;
    if (static_cast<std::size_t>(std::popcount(whole.used)) < query_.needed.size()) return;
    for (std::size_t i = 0; i < query_.limits.size(); ++i) {
      if (!query_.limits[i].holds(whole.values[i + 1])) return;
    }
    found_.offer(cost, decision(depth));
  }

  Decision decision(std::size_t depth) const {
    const Scenario& scenario = query_.scenario;
    std::vector<std::size_t> route = {0};
    std::vector<std::size_t> positions(scenario.size(), depth);
    std::vector<Crossing> crossings;
    for (std::size_t hop = depth; hop-- > 0;) {
      for (std::size_t rank = 0; rank < stages_[hop].cut; ++rank) positions[rank] = hop;
    }
    for (std::size_t hop = 0; hop < depth; ++hop) {
      route.push_back(stages_[hop].hop->to);
      const auto frontier = scenario.frontier(stages_[hop].cut);
      for (std::size_t i = 0; i < frontier.size(); ++i)
        crossings.push_back({hop, scenario.tensors[frontier[i]].tensor, stages_[hop].hop->encodings[i]});
    }
    std::ranges::sort(crossings);
    Decision made = make_decision(query_, std::move(route), positions);
    made.crossings = std::move(crossings);
    return made;
  }

  // A stage of the current plan, and the hop that ends it.
  struct Stage {
    Beginning begins, ends;
    std::vector<double> run;  // a row of LinearCosts: the sums of its blocks so far
    std::size_t cut = 0;
    const LinearCosts::Hop* hop = nullptr;
  };

  const Query& query_;
  LinearCosts costs_;
  std::vector<Remainder> remainders_;  // of the objective, then of each limit
  std::vector<std::uint64_t> used_by_;
  std::vector<char> leads_on_;  // by target: a link leads on from it
  std::vector<Stage> stages_;
  std::vector<double> whole_;  // the row of a measured stage
  Incumbents found_;
  std::size_t steps_left_;
  bool is_stopped_ = false;
};

}  // namespace

bool linear_fits(const Query& query) {
  return query.scenario.is_total_order && query.needed.size() <= 64;
}

// A route with h hops has about n^h ÷ h! plans.
double linear_effort(const Query& query) {
  const auto count = static_cast<double>(query.scenario.size());
  const auto& problem = *query.problem;
  std::vector<std::vector<double>> routes(query.target_count(), std::vector<double>(problem.tiers.size(), 0));
  routes[0][0] = 1;
  for (const std::size_t link : links_by_tier(query)) {
    const auto& from = routes[problem.links[link].from];
    for (std::size_t hops = 1; hops < from.size(); ++hops) routes[problem.links[link].to][hops] += from[hops - 1];
  }
  double effort = 0;
  double plans = 1;
  for (std::size_t hops = 0; hops < problem.tiers.size(); ++hops) {
    for (const auto& each : routes) effort += each[hops] * plans;
    plans *= count / static_cast<double>(hops + 1);
  }
  return effort;
}

Findings solve_linear(const Query& query) {
  return Enumeration(query, kNone, kNone).run();
}

Findings begin_linear(const Query& query, std::size_t most_steps) {
  return Enumeration(query, most_steps, kFewOptions).run();
}

}  // namespace tandem::plan
