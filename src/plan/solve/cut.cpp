#include "plan/solve/cut.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <optional>
#include <queue>
#include <set>

#include "plan/solve/assignment.h"
#include "plan/solve/chain.h"
#include "plan/solve/labels.h"
#include "plan/solve/multipliers.h"
#include "plan/solve/routes.h"
#include "plan/solve/tiers.h"

namespace tandem::plan {
namespace {

constexpr double kIndifference = 1e-12;  // plans nearer to each other than this are as good as each other, relative
constexpr double kExactness = 1e-11;     // a plan this near to its bound is the best of its node, relative
constexpr double kRounding = 1e-13;      // of large sums that cancel out
constexpr double kImpossible = 1e-6;  // limits exceeded by less, relative, are not called impossible: they have slack
constexpr std::size_t kRoutesKept = 64;  // so many keep their costs between being entered and being evaluated
constexpr int kFirstIterations = 30;     // of the multipliers, for a route and for what is branched from it
constexpr int kIterations = 5;

struct Node {
  std::size_t route = 0;
  std::shared_ptr<Layered> first;  // of a route that is still to be evaluated, by its first weights
  double first_constant = 0;
  std::vector<std::uint8_t> low, high;
  std::vector<std::uint32_t> allowed;  // encodings, by active tensor and boundary
  Weights weights;
  double bound = 0;
  bool is_evaluated = false;
  bool is_exact = false;  // its assignment costs no more than the bound
  Assignment assignment;
};

class CutSolver {
 public:
  explicit CutSolver(const Query& query) : query_(query) {}

  Findings solve() {
    take_linear_plans();
    add_routes(all_sets());
    while (!queue_.empty() && !is_hopeless(queue_.top().bound)) {
      if (query_.must_stop && query_.must_stop()) return report(false);
      Node node = std::move(const_cast<Node&>(queue_.top()));  // it is popped at once
      queue_.pop();
      if (!node.is_evaluated) {
        enter(std::move(node));
      } else if (!node.is_exact) {
        branch(node);
      } else if (query_.count > 1) {
        exclude(node);
      }
    }
    return report(true);
  }

 private:
  struct WorseBound {
    bool operator()(const Node& a, const Node& b) const { return a.bound > b.bound; }
  };
  struct Found {
    double cost;
    Decision decision;
  };

  // Plans that cut only in the given order are a good start: most of the search is never entered.
  void take_linear_plans() {
    if (query_.scenario.is_total_order)
      return;  // then solve as if nothing were known, so that solvers check each other
    Findings findings;
    if (query_.count == 1 && query_.is_additive()) {
      findings = solve_chain(query_);
    } else if (has_few_choices()) {
      findings = solve_labels(query_);
    }
    for (std::size_t i = 0; i < findings.decisions.size(); ++i) {
      if (findings.costs[i] <= cutoff()) offer(findings.costs[i], std::move(findings.decisions[i]));
    }
  }

  bool has_few_choices() const {
    for (std::size_t cut = 0; cut < query_.scenario.size(); ++cut) {
      double choices = 1;
      for (const std::size_t id : query_.scenario.frontier(cut))
        choices *= static_cast<double>(query_.encodings_of(query_.scenario.tensors[id]).size());
      if (choices > 256) return false;
    }
    return query_.needed.size() <= 64;
  }

  double cutoff() const { return found_.size() < query_.count ? query_.cutoff : found_.back().cost; }

  // What a bound is raised towards: the best plan known, else somewhat more than it is.
  double aim(double bound) const {
    return cutoff() == kUnlimited ? bound + std::max(1.0, 0.5 * std::abs(bound)) : cutoff();
  }

  bool is_hopeless(double bound) const {
    const double limit = cutoff();
    return limit != kUnlimited && bound > limit - kIndifference * std::max(1.0, std::abs(limit));
  }

  void offer(double cost, Decision decision) {
    for (const auto& other : found_) {
      if (other.decision == decision) return;
    }
    const auto place = std::ranges::upper_bound(found_, cost, {}, &Found::cost);
    found_.insert(place, {cost, std::move(decision)});
    if (found_.size() > query_.count) found_.pop_back();
  }

  TierSets all_sets() const {
    TierSets by_tier(query_.problem->tiers.size());
    by_tier[query_.problem->targets[0].tier].push_back(0);
    for (std::size_t target = 1; target < query_.target_count(); ++target) {
      const std::size_t tier = query_.problem->targets[target].tier;
      if (tier > query_.problem->targets[0].tier) by_tier[tier].push_back(target);
    }
    std::erase_if(by_tier, [](const auto& set) { return set.empty(); });
    return by_tier;
  }

  // All routes over these targets, unless one bound rules them out together; a set of many is split and looked into.
  void add_routes(const TierSets& sets) {
    if (!query_.minimises_period && is_hopeless(tier_bound(query_, sets) + query_.constant)) return;
    const auto largest = std::ranges::max_element(sets, {}, [](const auto& set) { return set.size(); });
    if (largest->size() == 1) {
      for (Route& route : find_routes(query_, sets)) add_root(std::move(route));
      return;
    }
    const auto at = static_cast<std::size_t>(largest - sets.begin());
    const auto middle = largest->begin() + static_cast<std::ptrdiff_t>(largest->size() / 2);
    TierSets half = sets;
    half[at].assign(largest->begin(), middle);
    add_routes(half);
    half[at].assign(middle, largest->end());
    add_routes(half);
  }

  // A route enters the queue with what can be said of it without a cut.
  void add_root(Route added) {
    if (!known_.insert({added.targets, added.runs}).second) return;
    const std::size_t route = routes_.size();
    routes_.push_back(std::move(added));
    Node node;
    node.route = route;
    node.low.assign(query_.scenario.size(), 0);
    node.high.assign(query_.scenario.size(), static_cast<std::uint8_t>(routes_[route].length() - 1));
    node.weights = first_weights(query_, routes_[route]);
    Layered layered =
        RouteCosts(query_, routes_[route]).layered(node.weights, node.low, node.high, {}, node.first_constant);
    if (!narrow(layered)) return;
    node.low = layered.low;
    node.high = layered.high;
    node.bound = query_.minimises_period ? 0 : plain_bound(layered) + node.first_constant + query_.constant;
    if (is_hopeless(node.bound)) return;
    if (routes_.size() < kRoutesKept) node.first = std::make_shared<Layered>(std::move(layered));
    queue_.push(std::move(node));
  }

  // Every node at its cheapest place, every boundary crossed (the route ends where something runs), by its cheapest
  // wire unless there are nodes that read nothing.
  static double plain_bound(const Layered& layered) {
    double sum = 0;
    for (std::size_t node = 0; node < layered.size(); ++node) {
      const double* costs = layered.node_cost.data() + node * layered.positions;
      sum += *std::min_element(costs + layered.low[node], costs + layered.high[node] + 1);
    }
    const bool needs_wires = all_read(layered);
    for (std::size_t boundary = 0; boundary < layered.boundaries(); ++boundary) {
      sum += layered.boundary_cost[(boundary + 1) * layered.phases - 1];
      double least = kUnlimited;
      for (std::size_t wire = 0; wire < layered.wires.size() && needs_wires; ++wire)
        least = std::min(least, layered.wire_at(wire, boundary, layered.phases - 1));
      if (needs_wires) sum += least;
    }
    return sum;
  }

  static bool all_read(const Layered& layered) {
    std::vector<char> reads(layered.size(), 0);
    for (const auto& wire : layered.wires) {
      for (const std::size_t reader : wire.readers) reads[reader] = 1;
    }
    return std::ranges::all_of(reads, [](char each) { return each != 0; });
  }

  void enter(Node node) {
    if (evaluate(node, kFirstIterations)) queue_.push(std::move(node));
  }

  // The best of a node by these weights, what it adds up to, and how far the node could be narrowed for it.
  struct Relaxed {
    Assignment assignment;
    Sums sums;
    double value = 0;  // of the weighted sum: no plan of the node has less
    std::vector<std::uint8_t> low, high;
  };

  // Nothing: no plan of the node is possible, whatever it costs. A route that was kept is asked by its first weights.
  std::optional<Relaxed> relax(const RouteCosts& costs, Node& node, const Weights& weights) {
    ++steps_;
    double constant = node.first_constant;
    Layered layered =
        node.first ? std::move(*node.first) : costs.layered(weights, node.low, node.high, node.allowed, constant);
    node.first = nullptr;
    if (!narrow(layered) || !can_be_used(layered)) return std::nullopt;
    Relaxed relaxed;
    relaxed.assignment.position = lay_contracted(layered);
    costs.choose_encodings(weights, node.allowed, relaxed.assignment);
    relaxed.sums = costs.sums(relaxed.assignment);
    relaxed.value = plan::cost_of(layered, relaxed.assignment.position) + constant;
    relaxed.low = std::move(layered.low);
    relaxed.high = std::move(layered.high);
    return relaxed;
  }

  // Whether the limits alone rule out all of a node. While no plan is known no bound can do that, however high.
  bool is_impossible(Node& node, int iterations) {
    if (!found_.empty() || !has_limits()) return false;
    const Route& route = routes_[node.route];
    const RouteCosts costs(query_, route);
    Weights weights = first_weights(query_, route);
    for (int i = 0; i < iterations; ++i) {
      const auto relaxed = relax(costs, node, weights);
      if (!relaxed) return true;
      const double excess = relaxed->value - allowance(query_, route, weights) -
                            (weights.objective > 0 ? weights.objective * query_.objective_limit : 0);
      if (i > 0 && excess > kImpossible) return true;
      const Sums& sums = relaxed->sums;
      if (costs.holds(sums)) {
        offer(cost_of(sums), costs.decision(relaxed->assignment));
        return false;
      }
      if (i == 0) {  // the objective alone told how large things are
        weights = limit_weights(query_, route, sums);
      } else {
        favour_exceeded(query_, route, sums, weights);
      }
    }
    return false;
  }

  bool has_limits() const {
    return !query_.limits.empty() || query_.has_memory_limits() || query_.period_limit != kUnlimited ||
           query_.objective_limit != kUnlimited;
  }

  // Bounds a node from below, by the best of a few sets of multipliers. False: nothing in it is of use.
  bool evaluate(Node& node, int iterations) {
    if (is_impossible(node, iterations)) return false;
    const RouteCosts costs(query_, routes_[node.route]);
    node.is_evaluated = true;
    double best = -kUnlimited;
    Weights weights = node.weights;
    for (int i = 0; i < iterations; ++i) {
      auto relaxed = relax(costs, node, weights);
      if (!relaxed) return false;
      const double granted = allowance(query_, routes_[node.route], weights);
      const double bound = relaxed->value - granted + query_.constant - kRounding * std::abs(granted);
      const Sums& sums = relaxed->sums;
      const double cost = cost_of(sums);
      const bool is_feasible = costs.holds(sums);
      if (is_feasible && cost <= cutoff()) offer(cost, costs.decision(relaxed->assignment));
      if (bound > best) {
        best = bound;
        node.low = relaxed->low;
        node.high = relaxed->high;
        node.weights = weights;
        node.is_exact =
            is_feasible && fills(node.route, sums) && cost <= bound + kExactness * std::max(1.0, std::abs(bound));
        node.assignment = std::move(relaxed->assignment);
      }
      if (node.is_exact || is_beyond_limits(best)) break;
      if (!adapt(query_, routes_[node.route], sums, bound, aim(bound), weights)) break;
    }
    node.bound = std::max(node.bound, best);
    return !is_beyond_limits(node.bound);
  }

  bool is_beyond_limits(double bound) const {
    if (is_hopeless(bound)) return true;
    if (query_.minimises_period) return !is_within(bound, query_.period_limit);
    return !is_within(bound - query_.constant, query_.objective_limit);
  }

  double cost_of(const Sums& sums) const {
    return (query_.minimises_period ? sums.period() + query_.tie_break * sums.objective : sums.objective) +
           query_.constant;
  }

  // Whether blocks run wherever the route says so: otherwise the plan belongs to another route.
  bool fills(std::size_t route, const Sums& sums) const { return empty_position(route, sums) == kNone; }

  std::size_t empty_position(std::size_t route, const Sums& sums) const {
    for (std::size_t position = 1; position < sums.is_used.size(); ++position) {
      if (routes_[route].runs[position] && !sums.is_used[position]) return position;
    }
    return kNone;
  }

  bool can_be_used(const Layered& layered) const {
    for (std::size_t position = 1; position < layered.positions; ++position) {
      bool is_possible = false;
      bool is_relay = true;
      for (std::size_t node = 0; node < layered.size() && !is_possible; ++node) {
        const bool may_lie = layered.node_cost[node * layered.positions + position] != kUnlimited;
        is_relay = is_relay && !may_lie;
        is_possible = may_lie && layered.low[node] <= position && position <= layered.high[node];
      }
      if (!is_possible && !is_relay) return false;
    }
    return true;
  }

  // The block to branch on: of those that could fill an empty place, if there is one, the one whose place matters most.
  std::size_t choose_rank(const Node& node) const {
    const RouteCosts costs(query_, routes_[node.route]);
    double constant = 0;
    const Layered layered = costs.layered(node.weights, node.low, node.high, node.allowed, constant);
    const std::size_t empty = empty_position(node.route, costs.sums(node.assignment));
    std::size_t best = kNone;
    std::pair<bool, double> most = {false, -1};
    for (std::size_t rank = 0; rank < layered.size(); ++rank) {
      if (layered.low[rank] == layered.high[rank]) continue;
      const bool could_fill = empty != kNone && layered.low[rank] <= empty && empty <= layered.high[rank];
      const std::pair<bool, double> here = {could_fill, range_of_costs(layered, rank)};
      if (here <= most) continue;
      most = here;
      best = rank;
    }
    return best;
  }

  static double range_of_costs(const Layered& layered, std::size_t rank) {
    double least = kUnlimited;
    double most = 0;
    for (std::size_t position = layered.low[rank]; position <= layered.high[rank]; ++position) {
      const double cost = layered.node_cost[rank * layered.positions + position];
      if (cost == kUnlimited) continue;
      least = std::min(least, cost);
      most = std::max(most, cost);
    }
    return most - least;
  }

  void add_child(Node child) {
    for (std::size_t rank = 0; rank < child.low.size(); ++rank) {
      if (child.low[rank] > child.high[rank]) return;
    }
    if (evaluate(child, kIterations)) queue_.push(std::move(child));
  }

  // Splits on where a block runs, then on how what crosses is encoded, then there is nothing left to split.
  void branch(const Node& node) {
    const std::size_t rank = choose_rank(node);
    if (rank == kNone) return branch_encodings(node);
    const std::uint8_t here = node.assignment.position[rank];
    Node child = node;
    child.low[rank] = child.high[rank] = here;
    add_child(std::move(child));
    add_others(node, rank);
  }

  // The children in which `rank` runs elsewhere than in the node's assignment.
  void add_others(const Node& node, std::size_t rank) {
    const std::uint8_t here = node.assignment.position[rank];
    if (here > node.low[rank]) {
      Node child = node;
      child.high[rank] = static_cast<std::uint8_t>(here - 1);
      add_child(std::move(child));
    }
    if (here < node.high[rank]) {
      Node child = node;
      child.low[rank] = static_cast<std::uint8_t>(here + 1);
      add_child(std::move(child));
    }
  }

  void branch_encodings(const Node& node) {
    for_each_crossing(node, [&](std::size_t index, std::uint32_t chosen) {
      const std::uint32_t mask = mask_of(node, index);
      if (mask == chosen) return true;
      Node with = node;
      allow(with, index, chosen);
      add_child(std::move(with));
      Node without = node;
      allow(without, index, mask & ~chosen);
      add_child(std::move(without));
      return false;
    });
  }

  // Splits a node whose assignment is known into all that differs from it: by the first block, then the first encoding,
  // in which it does (Lawler 1972, "A procedure for computing the K best solutions").
  void exclude(const Node& node) {
    Node rest = node;
    for (std::size_t rank = 0; rank < node.low.size(); ++rank) {
      if (node.low[rank] == node.high[rank]) continue;
      add_others(rest, rank);
      rest.low[rank] = rest.high[rank] = node.assignment.position[rank];
    }
    for_each_crossing(node, [&](std::size_t index, std::uint32_t chosen) {
      const std::uint32_t others = mask_of(node, index) & ~chosen;
      if (others != 0) {
        Node child = rest;
        allow(child, index, others);
        add_child(std::move(child));
      }
      allow(rest, index, chosen);
      return true;
    });
  }

  std::size_t boundaries_of(const Node& node) const { return routes_[node.route].length() - 1; }

  // Calls visit(index into `allowed`, bit of the encoding chosen) until it returns false.
  template <class Visit>
  void for_each_crossing(const Node& node, const Visit& visit) {
    const RouteCosts costs(query_, routes_[node.route]);
    for (std::size_t id = 0; id < query_.scenario.tensors.size(); ++id) {
      const std::size_t last = costs.last_reader(id, node.assignment.position);
      for (std::size_t boundary = costs.made_at(id, node.assignment.position); boundary < last; ++boundary) {
        const std::size_t index = id * boundaries_of(node) + boundary;
        if (!visit(index, 1u << node.assignment.encoding[index])) return;
      }
    }
  }

  std::uint32_t mask_of(const Node& node, std::size_t index) const {
    if (!node.allowed.empty()) return node.allowed[index];
    const auto count = query_.encodings_of(query_.scenario.tensors[index / boundaries_of(node)]).size();
    return static_cast<std::uint32_t>((std::uint64_t{1} << count) - 1);
  }

  void allow(Node& node, std::size_t index, std::uint32_t mask) const {
    if (node.allowed.empty()) {
      const std::size_t boundaries = boundaries_of(node);
      node.allowed.resize(query_.scenario.tensors.size() * boundaries);
      for (std::size_t i = 0; i < node.allowed.size(); ++i) {
        const auto count = query_.encodings_of(query_.scenario.tensors[i / boundaries]).size();
        node.allowed[i] = static_cast<std::uint32_t>((std::uint64_t{1} << count) - 1);
      }
    }
    node.allowed[index] = mask;
  }

  Findings report(bool is_proven) {
    Findings findings;
    findings.is_proven = is_proven;
    findings.steps = steps_;
    findings.bound = found_.empty() ? kUnlimited : found_.front().cost;
    if (!is_proven && !queue_.empty()) findings.bound = std::min(findings.bound, queue_.top().bound);
    for (auto& found : found_) {
      findings.decisions.push_back(std::move(found.decision));
      findings.costs.push_back(found.cost);
    }
    return findings;
  }

  const Query& query_;
  std::deque<Route> routes_;
  std::set<std::pair<std::vector<std::size_t>, std::vector<char>>> known_;  // targets and where blocks run, of routes_
  std::priority_queue<Node, std::vector<Node>, WorseBound> queue_;
  std::vector<Found> found_;  // best first, at most `count`
  std::size_t steps_ = 0;
};

}  // namespace

bool cut_fits(const Query&) {
  return true;
}

Findings solve_cut(const Query& query) {
  return CutSolver(query).solve();
}

}  // namespace tandem::plan
