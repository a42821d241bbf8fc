#include "plan/solve/unrolled.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include "base/error.h"
#include "plan/solve/kinds.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostStates = 50'000;
constexpr std::size_t kMostTimes = 50'000'000;  // of blocks and codecs, over all states

// A machine as one of its kind, and its tier.
struct Place {
  std::size_t kind = 0;  // within its tier
  std::size_t number = 0;
};

struct State {
  std::size_t machine = 0;
  std::vector<std::uint8_t> visited;  // of this tier, by kind; empty where a route visits one target only
  auto operator<=>(const State&) const = default;
};

// The states that routes from the first target reach, and the steps between them.
class StateGraph {
 public:
  explicit StateGraph(const Problem& problem)
      : problem_(problem),
        places_(problem.targets.size()),
        kinds_(problem.tiers.size(), 0),
        links_(problem.targets.size()) {
    find_places();
    for (std::size_t link = 0; link < problem.links.size(); ++link) links_[problem.links[link].from].push_back(link);
    number_of(first_visit(0));
    for (std::size_t state = 0; state < states.size(); ++state) leave(state);
  }

  struct Step {
    std::size_t link = 0;  // of the given problem
    std::size_t from = 0, to = 0;
  };
  std::vector<State> states;
  std::vector<Step> steps;

  // The number of targets that a route has visited in the state's tier, but one.
  std::size_t level(const State& state) const {
    const std::size_t visited = std::accumulate(state.visited.begin(), state.visited.end(), std::size_t{0});
    return visited == 0 ? 0 : visited - 1;
  }

 private:
  void find_places() {
    const auto is_unordered = unordered_tiers(problem_);
    for (std::size_t tier = 0; tier < problem_.tiers.size(); ++tier) {
      if (!is_unordered[tier]) continue;
      std::vector<std::size_t> members;
      for (std::size_t target = 0; target < problem_.targets.size(); ++target) {
        if (problem_.targets[target].tier == tier) members.push_back(target);
      }
      const auto kinds = kinds_of(problem_, members);
      kinds_[tier] = kinds.size();
      for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        for (std::size_t number = 0; number < kinds[kind].size(); ++number)
          places_[kinds[kind][number]] = {kind, number};
      }
    }
  }

  State first_visit(std::size_t machine) const {
    State state{machine, std::vector<std::uint8_t>(kinds_[problem_.targets[machine].tier], 0)};
    if (!state.visited.empty()) state.visited[places_[machine].kind] = 1;
    return state;
  }

  std::size_t number_of(const State& state) {
    const auto [known, is_new] = numbers_.emplace(state, states.size());
    if (is_new) states.push_back(state);
    if (states.size() > kMostStates) {
      throw base::Error(
          base::ErrorKind::Unsupported,
          fmt::format("the targets of tier '{}' can follow each other in too many orders: more than {} sets "
                      "of them end at different targets, expected fewer targets, fewer links between them, "
                      "or more that are identical",
                      problem_.tiers[problem_.targets[state.machine].tier], kMostStates));
    }
    return known->second;
  }

  void leave(std::size_t from) {
    const State here = states[from];
    const std::size_t tier = problem_.targets[here.machine].tier;
    for (const std::size_t link : links_[here.machine]) {
      const std::size_t machine = problem_.links[link].to;
      const Place& place = places_[machine];
      const bool stays = problem_.targets[machine].tier == tier;
      if (place.number != (stays ? here.visited[place.kind] : 0)) continue;
      State next = stays ? State{machine, here.visited} : first_visit(machine);
      if (stays) ++next.visited[place.kind];
      steps.push_back({link, from, number_of(next)});
    }
  }

  const Problem& problem_;
  std::vector<Place> places_;                    // by target
  std::vector<std::size_t> kinds_;               // by tier: their number; 0: a route visits one target only
  std::vector<std::vector<std::size_t>> links_;  // by target that they start from
  std::map<State, std::size_t> numbers_;
};

// For each old index of a list, the new ones that stand for it.
using Copies = std::vector<std::vector<std::size_t>>;

std::vector<std::size_t> copies_of(const std::vector<std::size_t>& list, const Copies& copies) {
  std::vector<std::size_t> all;
  for (const std::size_t each : list) all.insert(all.end(), copies[each].begin(), copies[each].end());
  std::ranges::sort(all);
  return all;
}

class Unrolling {
 public:
  Unrolling(const Problem& given, const StateGraph& graph, Problem& made)
      : given_(given), graph_(graph), made_(made), states_of_(given.targets.size()), steps_of_(given.links.size()) {}

  void run() {
    check_size();
    made_ = given_;
    add_targets();
    add_links();
    for (Tensor& tensor : made_.tensors) {
      for (Encoding& encoding : tensor.encodings) {
        encoding.encode_ms = by_state(encoding.encode_ms);
        encoding.decode_ms = by_state(encoding.decode_ms);
      }
    }
    translate_objective();
    made_.constraints.clear();
    for (const auto& constraint : given_.constraints) translate(constraint);
  }

 private:
  void check_size() const {
    std::size_t segments = 0;  // of a target
    for (const Target& target : given_.targets) segments = std::max(segments, target.segments.size());
    std::size_t times = given_.blocks.size() + segments;
    for (const Tensor& tensor : given_.tensors) {
      for (const Encoding& each : tensor.encodings)
        times += (each.encode_ms.empty() ? 0 : 1) + (each.decode_ms.empty() ? 0 : 1);
    }
    if (times <= kMostTimes / graph_.states.size()) return;
    throw base::Error(base::ErrorKind::Unsupported,
                      fmt::format("{} states of routes with {} times each, expected at most {} times: fewer targets or "
                                  "fewer links between them",
                                  graph_.states.size(), times, kMostTimes));
  }

  // The tiers of the states: one for each number of targets that a route may have visited in a tier.
  void add_targets() {
    std::vector<std::size_t> levels(given_.tiers.size(), 1);
    for (const State& state : graph_.states) {
      std::size_t& most = levels[given_.targets[state.machine].tier];
      most = std::max(most, graph_.level(state) + 1);
    }
    std::vector<std::size_t> begins(given_.tiers.size(), 0);
    std::exclusive_scan(levels.begin(), levels.end(), begins.begin(), std::size_t{0});
    made_.tiers.assign(begins.back() + levels.back(), "");
    made_.targets.clear();
    for (const State& state : graph_.states) {
      states_of_[state.machine].push_back(made_.targets.size());
      made_.targets.push_back(given_.targets[state.machine]);
      made_.targets.back().tier = begins[made_.targets.back().tier] + graph_.level(state);
    }
  }

  void add_links() {
    made_.links.clear();
    for (const auto& step : graph_.steps) {
      steps_of_[step.link].push_back(made_.links.size());
      made_.links.push_back(given_.links[step.link]);
      made_.links.back().from = step.from;
      made_.links.back().to = step.to;
    }
  }

  std::vector<double> by_state(const std::vector<double>& by_target) const {
    std::vector<double> times;
    if (by_target.empty()) return times;
    for (const State& state : graph_.states) times.push_back(by_target[state.machine]);
    return times;
  }

  // An empty list stands for all links: an upload over links that no route takes weighs nothing.
  void translate_objective() {
    Objective& objective = made_.objective;
    objective.links = copies_of(given_.objective.links, steps_of_);
    if (objective.links.empty() == given_.objective.links.empty()) return;
    objective.upload_weight = 0;
    if (objective.kind == ObjectiveKind::Upload) objective.kind = ObjectiveKind::Weighted;
  }

  // A limit on targets or links that no route reaches always holds.
  void translate(const Constraint& constraint) {
    Constraint made = constraint;
    made.targets = copies_of(constraint.targets, states_of_);
    made.links = copies_of(constraint.links, steps_of_);
    const bool names_none =
        made.targets.empty() != constraint.targets.empty() || made.links.empty() != constraint.links.empty();
    if (constraint.kind == ConstraintKind::AtMost && names_none) return;
    made_.constraints.push_back(std::move(made));
  }

  const Problem& given_;
  const StateGraph& graph_;
  Problem& made_;
  Copies states_of_, steps_of_;
};

}  // namespace

Unrolled::Unrolled(const Problem& problem) : given_(problem) {
  if (std::ranges::none_of(unordered_tiers(problem), [](char is) { return is != 0; })) return;
  const StateGraph graph(problem);
  Unrolling(problem, graph, made_).run();
  for (const State& state : graph.states) machines_.push_back(state.machine);
}

Decision Unrolled::original(Decision decision) const {
  if (machines_.empty()) return decision;
  for (std::size_t& target : decision.route) target = machines_[target];
  for (std::size_t& target : decision.beside) target = target == kNone ? kNone : machines_[target];
  for (Handing& handing : decision.handings) handing.target = machines_[handing.target];
  std::ranges::sort(decision.handings);
  return decision;
}

}  // namespace tandem::plan
