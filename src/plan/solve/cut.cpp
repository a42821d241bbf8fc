#include "plan/solve/cut.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <iterator>
#include <memory>
#include <queue>
#include <set>

#include "plan/solve/assignment.h"
#include "plan/solve/branching.h"
#include "plan/solve/incumbents.h"
#include "plan/solve/multipliers.h"
#include "plan/solve/narrow.h"
#include "plan/solve/relaxation.h"
#include "plan/solve/routes.h"
#include "plan/solve/tiers.h"

namespace tandem::plan {
namespace {

constexpr double kExactness = 1e-11;      // a plan this near to its bound is the best of its node, relative
constexpr double kRounding = 1e-13;       // of large sums that cancel out
constexpr double kImpossible = 1e-6;      // limits exceeded by less, relative, have slack and rule nothing out
constexpr std::size_t kRoutesKept = 64;   // that keep their layered problem until they are evaluated
constexpr double kRise = 1e-4;            // of a bound, relative: less does not count
constexpr int kFirstIterations = 100;     // of the multipliers, for a route
constexpr int kFarkasIterations = 30;     // of those of limits alone
constexpr int kIterations = 5;            // for a branch
constexpr int kPeriodIterations = 12;     // where a period is minimised under limits: weights of busy times move, too
constexpr std::size_t kManyBranches = 8;  // are first bounded by their parent's multipliers

// Best first over the nodes, from the routes on.
class CutSolver {
 public:
  explicit CutSolver(const Query& query) : query_(query), found_(query) {}

  Findings solve() {
    add_routes(reachable(all_sets()));
    while (!queue_.empty() && !found_.is_hopeless(queue_.top().bound)) {
      if (query_.must_stop && query_.must_stop()) return report(false);
      Node node = std::move(const_cast<Node&>(queue_.top()));  // it is popped at once
      queue_.pop();
      if (!node.is_evaluated) {
        enter(std::move(node));
      } else if (!node.is_exact) {
        add_children(branches_of(query_, routes_[node.route], node));
      } else if (query_.count > 1) {
        add_children(rest_of(query_, routes_[node.route], node));
      }
    }
    return report(true);
  }

 private:
  struct WorseBound {
    bool operator()(const Node& a, const Node& b) const { return a.bound > b.bound; }
  };

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

  // Adds all routes over these targets, unless one bound rules them out together: halves sets of several.
  void add_routes(const TierSets& sets) {
    const double bound = query_.minimises_period ? query_.constant : tier_bound(query_, sets) + query_.constant;
    if (found_.is_hopeless(bound)) return;
    if (query_.must_stop && query_.must_stop()) {
      bound_of_left_out_ = std::min(bound_of_left_out_, bound);
      return;
    }
    const auto largest = sets.begin() + static_cast<std::ptrdiff_t>(most_reached(sets));
    if (largest->size() == 1) {
      for (Route& route : find_routes(query_, sets)) add_root(std::move(route));
      return;
    }
    const auto at = static_cast<std::size_t>(largest - sets.begin());
    const auto middle = largest->begin() + static_cast<std::ptrdiff_t>(largest->size() / 2);
    TierSets half = sets;
    half[at].assign(largest->begin(), middle);
    add_routes(reachable(half));
    half[at].assign(middle, largest->end());
    add_routes(reachable(half));
  }

  // Of the sets of several targets, the one that most links lead to from targets which are alone in their sets. The
  // targets of other sets depend on the half that is taken here.
  std::size_t most_reached(const TierSets& sets) const {
    std::vector<std::size_t> set_of(query_.target_count(), kNone);
    for (std::size_t i = 0; i < sets.size(); ++i) {
      for (const std::size_t target : sets[i]) set_of[target] = i;
    }
    std::vector<std::size_t> reached(sets.size(), 0);
    for (const std::size_t link : links_) {
      const Link& each = query_.problem->links[link];
      if (set_of[each.from] == kNone || set_of[each.to] == kNone) continue;
      const bool counts = sets[set_of[each.from]].size() == 1 && sets[set_of[each.to]].size() > 1;
      if (counts) ++reached[set_of[each.to]];
    }
    return static_cast<std::size_t>(std::ranges::max_element(reached) - reached.begin());
  }

  // The sets without the targets that no route over them reaches.
  TierSets reachable(const TierSets& sets) const {
    std::vector<char> is_open(query_.target_count(), 0), is_reached(query_.target_count(), 0);
    for (const auto& set : sets) {
      for (const std::size_t target : set) is_open[target] = 1;
    }
    is_reached[0] = 1;
    for (const std::size_t link : links_) {
      const Link& each = query_.problem->links[link];
      if (is_reached[each.from] && is_open[each.to]) is_reached[each.to] = 1;
    }
    TierSets left;
    for (const auto& set : sets) {
      left.emplace_back();
      std::ranges::copy_if(set, std::back_inserter(left.back()),
                           [&](std::size_t target) { return is_reached[target]; });
    }
    std::erase_if(left, [](const auto& set) { return set.empty(); });
    return left;
  }

  // A route enters the queue with a bound that needs no cut.
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
    if (found_.is_hopeless(node.bound)) return;
    if (routes_.size() < kRoutesKept) node.first = std::make_shared<Layered>(std::move(layered));
    queue_.push(std::move(node));
  }

  void enter(Node node) {
    if (evaluate(node, kFirstIterations)) queue_.push(std::move(node));
  }

  // Whether the limits alone rule out a node. For the time before a plan is known, when bounds rule out nothing.
  bool is_impossible(Node& node, int iterations) {
    if (found_.cutoff() != kUnlimited || !query_.has_limits()) return false;
    const Route& route = routes_[node.route];
    const RouteCosts costs(query_, route);
    Weights weights = first_weights(query_, route);
    for (int i = 0; i < iterations; ++i) {
      const auto relaxed = relax(costs, node, weights);
      ++steps_;
      if (!relaxed) return true;
      const double excess = relaxed->value - allowance(query_, route, weights) -
                            (weights.objective > 0 ? weights.objective * query_.objective_limit : 0);
      if (i > 0 && excess > kImpossible) return true;
      const Sums& sums = relaxed->sums;
      if (costs.holds(sums)) {
        found_.offer(cost_of(sums), costs.decision(relaxed->assignment));
        return false;
      }
      if (i == 0) {  // the objective alone gave the scale of the sums
        weights = limit_weights(query_, route, sums);
      } else {
        favour_exceeded(query_, route, sums, weights);
      }
    }
    return false;
  }

  // Bounds a node from below, by the best of a few sets of multipliers. False: no plan of it is of use.
  bool evaluate(Node& node, int iterations) {
    if (is_impossible(node, std::min(iterations, kFarkasIterations))) return false;
    const RouteCosts costs(query_, routes_[node.route]);
    double best = -kUnlimited;
    Weights weights = node.weights;
    Pace pace(query_, !node.is_evaluated);
    for (int i = 0; i < iterations; ++i) {
      auto relaxed = relax(costs, node, weights);
      ++steps_;
      if (!relaxed) return false;
      const double granted = allowance(query_, routes_[node.route], weights);
      const double bound = relaxed->value - granted + query_.constant - kRounding * std::abs(granted);
      const Sums& sums = relaxed->sums;
      const double cost = cost_of(sums);
      const bool is_feasible = costs.holds(sums);
      if (is_feasible) found_.offer(cost, costs.decision(relaxed->assignment));
      const bool has_risen = bound > best + kRise * std::abs(best);
      if (bound > best) {
        best = bound;
        node.low = relaxed->low;
        node.high = relaxed->high;
        node.weights = weights;
        node.is_exact = is_feasible && empty_position(routes_[node.route], sums) == kNone &&
                        cost <= bound + kExactness * std::abs(bound);
        node.assignment = std::move(relaxed->assignment);
      }
      if (node.is_exact || is_beyond_limits(best)) break;
      if (pace.must_return(has_risen)) {
        weights = node.weights;
        if (pace.is_over()) break;
        continue;
      }
      const double aim = pace.aim(best, found_.aim(best));
      if (!adapt(query_, routes_[node.route], sums, bound, aim, pace.moves_limits(), weights)) break;
    }
    node.is_evaluated = true;
    node.bound = std::max(node.bound, best);
    return !is_beyond_limits(node.bound);
  }

  bool is_beyond_limits(double bound) const {
    if (found_.is_hopeless(bound)) return true;
    if (query_.minimises_period) return !is_within(bound, query_.period_limit);
    return !is_within(bound - query_.constant, query_.objective_limit);
  }

  double cost_of(const Sums& sums) const {
    return (query_.minimises_period ? sums.period() : sums.objective) + query_.constant;
  }

  void add_children(std::vector<Node> children) {
    const bool has_many_weights = query_.minimises_period && query_.has_limits();
    const int all = has_many_weights ? kPeriodIterations : kIterations;
    const int iterations = children.size() > kManyBranches ? 1 : all;
    for (Node& child : children) {
      bool is_empty = false;
      for (std::size_t rank = 0; rank < child.low.size(); ++rank)
        is_empty = is_empty || child.low[rank] > child.high[rank];
      if (is_empty) continue;
      if (query_.must_stop && query_.must_stop()) {  // the rest keep the bound of their parent
        queue_.push(std::move(child));
      } else if (evaluate(child, iterations)) {
        queue_.push(std::move(child));
      }
    }
  }

  Findings report(bool is_proven) {
    const double open_bound = is_proven || queue_.empty() ? kUnlimited : queue_.top().bound;
    Findings findings = found_.take(std::min(open_bound, bound_of_left_out_));
    findings.is_proven = is_proven && bound_of_left_out_ == kUnlimited;
    findings.steps = steps_;
    return findings;
  }

  const Query& query_;
  const std::vector<std::size_t> links_ = links_by_tier(query_);
  std::deque<Route> routes_;
  std::set<std::pair<std::vector<std::size_t>, std::vector<char>>> known_;  // targets and where blocks run, of routes_
  std::priority_queue<Node, std::vector<Node>, WorseBound> queue_;
  Incumbents found_;
  double bound_of_left_out_ = kUnlimited;  // of routes that were not added before the search had to stop
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
