#include "plan/solve/labels.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "plan/solve/frontier_options.h"
#include "plan/solve/label.h"
#include "plan/solve/remainder.h"

namespace tandem::plan {
namespace {

using List = std::vector<Label>;

// By target, the labels at one cut: those whose stage there has run nothing yet, and those whose stage has.
struct Front {
  std::vector<List> fresh, begun;
};

// The query with bounds for it, and the steps that led to the labels.
struct Search {
  const Query& query;
  std::vector<std::size_t> links;  // by the tier that they start from
  Remainder objective;
  std::vector<Remainder> limits;
  std::vector<LabelStep> steps;
  std::vector<std::vector<std::uint8_t>> choices;  // of hops: the encodings of a frontier
};

Search make_search(const Query& query) {
  auto links = links_by_tier(query);
  Remainder objective(query, query.objective, links);
  std::vector<Remainder> limits;
  limits.reserve(query.limits.size());
  for (const auto& limit : query.limits) limits.emplace_back(query, limit.functional, links);
  return {query, std::move(links), std::move(objective), std::move(limits), {}, {}};
}

Front empty_front(const Query& query) {
  return {std::vector<List>(query.target_count()), std::vector<List>(query.target_count())};
}

// Nothing has run, and the first target holds the request.
Front begin(Search& search) {
  Front front = empty_front(search.query);
  search.steps.emplace_back();
  front.fresh[0].emplace_back().values.limits.resize(search.query.limits.size());
  return front;
}

bool can_end_well(const Search& search, const Label& label, std::size_t cut) {
  const Query& query = search.query;
  const double objective = label.values.objective + search.objective.from(cut, label.target);
  if (objective == kUnlimited || !is_within(objective, query.objective_limit)) return false;
  if ((query.minimises_period ? label.busiest_ms : objective) + query.constant > query.cutoff) return false;
  for (std::size_t i = 0; i < label.values.limits.size(); ++i) {
    if (!query.limits[i].holds(label.values.limits[i] + search.limits[i].from(cut, label.target))) return false;
  }
  return true;
}

// Adds the label to a list of its target unless it cannot end well or `count` others are at least as good.
void insert(Search& search, Label& label, const LabelStep& step, std::size_t cut, List& list) {
  if (!can_end_well(search, label, cut)) return;
  const std::size_t count = search.query.count;
  label.beaten_by = 0;
  for (const Label& other : list) {
    if (dominates(other, label) && ++label.beaten_by >= count) return;
  }
  for (Label& other : list) {  // among equals the first one counts
    if (dominates(label, other) && !dominates(other, label)) ++other.beaten_by;
  }
  std::erase_if(list, [&](const Label& other) { return other.beaten_by >= count; });
  label.step = static_cast<std::uint32_t>(search.steps.size());
  search.steps.push_back(step);
  list.push_back(label);
}

void hop_from(Search& search, const List& from, const HopStep& hop, const FrontierOption& option, LabelStep step,
              std::size_t cut, List& to) {
  Label next;
  for (const Label& label : from) {
    next = label;
    step.parent = label.step;
    if (extend(next, hop, option)) insert(search, next, step, cut, to);
  }
}

void take_hop(Search& search, Front& front, std::size_t link, std::size_t cut) {
  const std::size_t from = search.query.problem->links[link].from;
  const bool may_relay = search.query.problem->allows_relays || from == 0;
  if (front.begun[from].empty() && (front.fresh[from].empty() || !may_relay)) return;
  const HopStep hop = hop_step(search.query, link, cut);
  for (const auto& option : frontier_options(search.query, link, cut)) {
    const LabelStep step{kNobody, static_cast<std::uint32_t>(link), static_cast<std::uint32_t>(search.choices.size())};
    search.choices.push_back(option.encodings);
    if (may_relay) hop_from(search, front.fresh[from], hop, option, step, cut, front.fresh[hop.to]);
    hop_from(search, front.begun[from], hop, option, step, cut, front.fresh[hop.to]);
  }
}

void run_from(Search& search, const List& from, const BlockStep& block, std::size_t cut, List& to) {
  Label next;
  for (const Label& label : from) {
    next = label;
    if (extend(next, block)) insert(search, next, {label.step}, cut, to);
  }
}

// The front at the next cut.
Front run_block(Search& search, const Front& front, std::size_t rank) {
  const Query& query = search.query;
  const double memory_bytes = query.has_memory_limits() ? query.memory_of(rank) : 0;
  Front next = empty_front(query);
  for (std::size_t target = 0; target < query.target_count(); ++target) {
    if (!query.may(rank, target)) continue;
    for (const bool begins : {true, false}) {
      const List& from = begins ? front.fresh[target] : front.begun[target];
      if (from.empty()) continue;
      const BlockStep block = block_step(query, rank, target, begins, memory_bytes);
      run_from(search, from, block, rank + 1, next.begun[target]);
    }
  }
  return next;
}

bool is_complete(const Query& query, const Label& label) {
  const std::uint64_t all = query.needed.empty() ? 0 : (~std::uint64_t{0} >> (64 - query.needed.size()));
  if (label.used != all) return false;
  for (std::size_t i = 0; i < label.values.limits.size(); ++i) {
    if (!query.limits[i].holds(label.values.limits[i])) return false;
  }
  return true;
}

double cost_of(const Query& query, const Label& label) {
  const double cost = query.minimises_period ? std::max(label.busiest_ms, label.stage_ms) : label.values.objective;
  return cost + query.constant;
}

struct Finish {
  double cost = 0;
  std::uint32_t step = 0;
  std::uint32_t target = 0;
  auto operator<=>(const Finish&) const = default;
};

// The `count` best labels that are whole plans.
std::vector<Finish> best_finishes(const Query& query, const Front& front) {
  std::vector<Finish> found;
  for (const auto& list : front.begun) {
    for (const Label& label : list) {
      const double cost = cost_of(query, label);
      if (is_complete(query, label) && cost <= query.cutoff) found.push_back({cost, label.step, label.target});
    }
  }
  std::ranges::sort(found);
  if (found.size() > query.count) found.resize(query.count);
  return found;
}

// Follows the steps back; places are counted from the route's end until its length is known.
Decision trace(const Search& search, const Finish& finish) {
  const Scenario& scenario = search.query.scenario;
  std::vector<std::size_t> route = {finish.target};
  std::vector<std::size_t> places(scenario.size());
  std::vector<Crossing> crossings;
  std::size_t cut = scenario.size();
  for (LabelStep step = search.steps[finish.step]; step.parent != kNobody; step = search.steps[step.parent]) {
    if (step.link == kNobody) {
      places[--cut] = route.size();
      continue;
    }
    const auto& encodings = search.choices[step.choice];
    for (std::size_t i = 0; i < encodings.size(); ++i)
      crossings.push_back({route.size(), scenario.tensors[scenario.frontier(cut)[i]].tensor, encodings[i]});
    route.push_back(search.query.problem->links[step.link].from);
  }
  for (auto& place : places) place = route.size() - place;
  for (auto& crossing : crossings) crossing.hop = route.size() - 1 - crossing.hop;
  std::ranges::sort(crossings);
  std::ranges::reverse(route);
  Decision decision = make_decision(search.query, std::move(route), places);
  decision.crossings = std::move(crossings);
  return decision;
}

Findings finished(const Search& search, const Front& front) {
  Findings findings;
  findings.steps = search.steps.size();
  for (const auto& finish : best_finishes(search.query, front)) {
    findings.decisions.push_back(trace(search, finish));
    findings.costs.push_back(finish.cost);
  }
  if (!findings.costs.empty()) findings.bound = findings.costs.front();
  return findings;
}

Findings stopped(const Search& search) {
  Findings findings;
  findings.is_proven = false;
  findings.steps = search.steps.size();
  findings.bound = search.query.minimises_period ? 0 : search.objective.from(0, 0) + search.query.constant;
  findings.open_bound = findings.bound;
  return findings;
}

}  // namespace

bool labels_fit(const Query& query) {
  return query.scenario.is_total_order && query.needed.size() <= 64 && query.segments.empty();
}

Findings solve_labels(const Query& query) {
  Search search = make_search(query);
  Front front = begin(search);
  for (std::size_t cut = 0; cut < query.scenario.size(); ++cut) {
    for (const std::size_t link : search.links) take_hop(search, front, link, cut);
    front = run_block(search, front, cut);
    if (query.must_stop && query.must_stop()) return stopped(search);
  }
  return finished(search, front);
}

}  // namespace tandem::plan
