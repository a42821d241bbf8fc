#include "plan/solve/ideal_search.h"

#include <algorithm>
#include <bit>

#include "plan/solve/label.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kWorkBetweenPolls = 50'000;  // labels, and comparisons of labels
constexpr double kRounding = 1e-11;                // relative: of sums in different orders

}  // namespace

bool limits_memory(const Query& query) {
  double all_bytes = 0;
  for (std::size_t rank = 0; rank < query.scenario.size(); ++rank) all_bytes += query.memory_of(rank);
  return std::ranges::any_of(query.memory_limit, [&](double limit) { return all_bytes > limit; });
}

IdealSearch::IdealSearch(const Query& query, const std::vector<Bundle>& bundles, const IdealLattice& lattice)
    : query_(query),
      bundles_(bundles),
      lattice_(lattice),
      costs_(query, bundles, lattice),
      counts_memory_(limits_memory(query)) {
  for (const auto& limit : query.limits) limit_rests_.push_back(costs_.rest(limit.functional));
  for (std::size_t target = 0; target < query.target_count(); ++target)
    needed_by_.push_back(needed_sets_with(query, target));
}

// Every bundle runs somewhere, and all of them on at most one target a tier.
double IdealSearch::least_period() const {
  double longest = 0;
  double sum = 0;
  for (std::size_t bundle = 0; bundle < bundles_.size(); ++bundle) {
    double least = kUnlimited;
    for (std::size_t target = 0; target < costs_.targets(); ++target) {
      if (costs_.may_run(bundle, target)) least = std::min(least, costs_.run(bundle, target).stage_ms);
    }
    longest = std::max(longest, least);
    sum += least;
  }
  return std::max(longest, sum / static_cast<double>(query_.problem->tiers.size()));
}

const IdealCosts::Rest& IdealSearch::objective_rest() {
  if (objective_rest_.begun.empty()) objective_rest_ = costs_.rest(query_.objective);
  return objective_rest_;
}

IdealSearch::Pass IdealSearch::best_within(double threshold_ms, double limit, std::size_t most_labels) {
  objective_rest();
  if (threshold_ms != room_threshold_ms_) room_ = costs_.room(threshold_ms);
  room_threshold_ms_ = threshold_ms;
  counts_objective_ = true;
  Pass made = pass(threshold_ms, limit, most_labels);
  counts_objective_ = false;
  return made;
}

IdealSearch::Pass IdealSearch::pass(double threshold_ms, double limit, std::size_t most_labels) {
  threshold_ms_ = threshold_ms;
  limit_ = limit;
  most_labels_ = most_labels;
  has_dropped_ = false;
  is_stopped_ = query_.must_stop && query_.must_stop();
  if (is_stopped_) return {std::nullopt, threshold_ms, true, true};
  labels_.clear();
  best_.reset();
  next_ms_ = kUnlimited;
  fresh_.assign(costs_.targets(), {});
  fresh_[0].resize(lattice_.size());
  Label start;
  insert(start, 0, true, fresh_[0][0]);
  for (const std::size_t target : costs_.by_tier()) {
    if (fresh_[target].empty()) continue;
    begun_.assign(lattice_.size(), {});
    run_target(target);
    if (is_stopped_) return {std::nullopt, threshold_ms, true, true};
    finish();
    fresh_[target] = {};
    if (best_ && !counts_objective_) break;
  }
  Pass made{std::nullopt, next_ms_, false, has_dropped_};
  if (best_) made.found = trace(*best_);
  return made;
}

void IdealSearch::run_target(std::size_t target) {
  const bool may_relay = query_.problem->allows_relays || target == 0;
  for (std::size_t ideal = 0; ideal < lattice_.size(); ++ideal) {
    if (must_stop()) return;
    for (const auto& step : lattice_.steps(ideal)) {
      if (costs_.may_run(step.bundle, target)) run_bundle(step, ideal, target);
    }
    if (ideal + 1 == lattice_.size()) return;
    if (may_relay) hop_on(ideal, target, fresh_[target][ideal]);
    hop_on(ideal, target, begun_[ideal]);
  }
}

bool IdealSearch::must_stop() {
  if (work_ < kWorkBetweenPolls) return false;
  work_ = 0;
  is_stopped_ = query_.must_stop && query_.must_stop();
  return is_stopped_;
}

void IdealSearch::run_bundle(const IdealLattice::Step& step, std::size_t ideal, std::size_t target) {
  for (const bool begins : {true, false}) {
    const List& from = begins ? fresh_[target][step.from] : begun_[step.from];
    for (const std::uint32_t parent : from) {
      Label next = labels_[parent];
      next.parent = parent;
      next.ideal = static_cast<std::uint32_t>(ideal);
      next.by = step.bundle;
      next.way = kNobody;
      next.used |= needed_by_[target];
      next.amounts.add(costs_.run(step.bundle, target));
      next.amounts.add(costs_.begin(step.from, target, begins));
      insert(next, target, false, begun_[ideal]);
    }
  }
}

void IdealSearch::hop_on(std::size_t ideal, std::size_t target, const List& from) {
  if (from.empty()) return;
  for (const std::size_t link : costs_.links_from(target)) {
    for (const std::uint32_t parent : from) take(parent, link, ideal);
  }
}

void IdealSearch::take(std::uint32_t parent, std::size_t link, std::size_t ideal) {
  const std::size_t to = query_.problem->links[link].to;
  const auto& ways = costs_.ways(ideal, link);
  for (std::size_t way = 0; way < ways.size(); ++way) {
    Label next = labels_[parent];
    const double busy_ms =
        std::max({next.amounts.stage_ms + ways[way].encode_ms, ways[way].upload_ms, costs_.answer_ms(ideal, link)});
    if (busy_ms > threshold_ms_) {
      next_ms_ = std::min(next_ms_, busy_ms);
      continue;
    }
    next.parent = parent;
    next.by = static_cast<std::uint32_t>(link);
    next.way = static_cast<std::uint32_t>(way);
    next.busiest_ms = std::max(next.busiest_ms, busy_ms);
    next.amounts.stage_ms = ways[way].decode_ms;
    next.amounts.memory_bytes = 0;
    next.amounts.add(costs_.hop(ideal, link));
    next.amounts.add(ways[way].values);
    if (fresh_[to].empty()) fresh_[to].resize(lattice_.size());
    insert(next, to, true, fresh_[to][ideal]);
  }
}

// Adds the label unless it cannot end well or another is at least as good.
void IdealSearch::insert(Label& label, std::size_t target, bool is_fresh, List& list) {
  if (label.amounts.stage_ms > threshold_ms_) {
    next_ms_ = std::min(next_ms_, label.amounts.stage_ms);
    return;
  }
  ++steps_;
  work_ += 1 + list.size();
  for (const std::uint32_t other : list) {
    if (is_no_worse(labels_[other], label)) return;
  }
  if (!can_end_well(label, target, is_fresh)) return;
  std::erase_if(list, [&](std::uint32_t other) { return is_no_worse(label, labels_[other]); });
  list.push_back(static_cast<std::uint32_t>(labels_.size()));
  labels_.push_back(label);
  if (list.size() > most_labels_) drop_worst(list);
}

void IdealSearch::drop_worst(List& list) {
  has_dropped_ = true;
  list.erase(std::ranges::max_element(list, {}, [&](std::uint32_t index) { return labels_[index].amounts.objective; }));
}

bool IdealSearch::is_no_worse(const Label& a, const Label& b) const {
  if (a.amounts.stage_ms > b.amounts.stage_ms || (a.used & b.used) != b.used) return false;
  if (counts_memory_ && a.amounts.memory_bytes > b.amounts.memory_bytes) return false;
  if (counts_objective_ && a.amounts.objective > b.amounts.objective) return false;
  for (std::size_t i = 0; i < limit_rests_.size(); ++i) {
    if (a.amounts.limits[i] > b.amounts.limits[i]) return false;
  }
  return true;
}

bool IdealSearch::can_end_well(const Label& label, std::size_t target, bool is_fresh) const {
  if (counts_memory_ && !is_within(label.amounts.memory_bytes, query_.memory_limit[target])) return false;
  const auto rest_of = [&](const IdealCosts::Rest& rest) {
    return (is_fresh ? rest.fresh : rest.begun)[label.ideal * costs_.targets() + target];
  };
  for (std::size_t i = 0; i < limit_rests_.size(); ++i) {
    if (!query_.limits[i].holds(label.amounts.limits[i] + rest_of(limit_rests_[i]))) return false;
  }
  if (!counts_objective_) return true;
  return label.amounts.objective + rest_of(objective_rest_) < limit_ &&
         label.amounts.stage_ms <= rest_of(room_) + kRounding * threshold_ms_;
}

// Whole plans that end on the current target.
void IdealSearch::finish() {
  for (const std::uint32_t index : begun_.back()) {
    const Label& label = labels_[index];
    if (!is_whole(label)) continue;
    if (best_ && (!counts_objective_ || best_->amounts.objective <= label.amounts.objective)) continue;
    best_ = label;
    if (counts_objective_) limit_ = label.amounts.objective;
  }
}

bool IdealSearch::is_whole(const Label& label) const {
  return static_cast<std::size_t>(std::popcount(label.used)) == query_.needed.size();
}

IdealSearch::Found IdealSearch::trace(const Label& last) const {
  std::vector<std::size_t> positions(query_.scenario.size());
  std::vector<std::size_t> links;  // from the last one on back; positions and hops are counted so until all are known
  std::vector<Crossing> crossings;
  for (const Label* label = &last; label->parent != kNobody; label = &labels_[label->parent]) {
    if (label->way == kNobody) {
      for (const std::size_t rank : bundles_[label->by].ranks) positions[rank] = links.size();
      continue;
    }
    const auto& encodings = costs_.way(label->ideal, label->by, label->way).encodings;
    const auto frontier = lattice_.frontier(label->ideal);
    for (std::size_t i = 0; i < frontier.size(); ++i)
      crossings.push_back({links.size(), query_.scenario.tensors[frontier[i]].tensor, encodings[i]});
    links.push_back(label->by);
  }
  std::vector<std::size_t> route = {0};
  for (std::size_t hop = links.size(); hop-- > 0;) route.push_back(query_.problem->links[links[hop]].to);
  for (auto& position : positions) position = links.size() - position;
  for (auto& crossing : crossings) crossing.hop = links.size() - 1 - crossing.hop;
  std::ranges::sort(crossings);
  Found found{make_decision(query_, std::move(route), positions), std::max(last.busiest_ms, last.amounts.stage_ms),
              last.amounts.objective};
  found.decision.crossings = std::move(crossings);
  return found;
}

}  // namespace tandem::plan
