#include "plan/solve/waits.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "plan/judge/price.h"
#include "plan/solve/functional.h"

namespace tandem::plan {
namespace {

// By link: the first and the last wait of it that transfers may have; 0 is none, 1 is the first of Link::waits.
struct Range {
  std::size_t first = 0;
  std::size_t last = 0;
};

struct Node {
  std::vector<Range> ranges;
  std::vector<char> is_closed;  // by link: no plan here takes it
  double cost = -kUnlimited;    // no plan here that is not known costs less, nor of those that cost as much is faster
  double latency_ms = 0;

  bool operator<(const Node& other) const {
    return cost != other.cost ? cost < other.cost : latency_ms < other.latency_ms;
  }
};

double ms_of(const Link& link, std::size_t wait) {
  return wait == 0 ? 0 : link.waits[wait - 1].ms;
}

std::size_t wait_of(const Link& link, double bytes) {
  const auto above = std::ranges::lower_bound(link.waits, bytes, {}, &Wait::above_bytes);
  return static_cast<std::size_t>(above - link.waits.begin());
}

bool is_share(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::AtMost && constraint.is_share;
}

class WaitSearch {
 public:
  WaitSearch(const Problem& problem, const SolveOptions& options)
      : problem_(problem), options_(options), has_shares_(std::ranges::any_of(problem.constraints, is_share)) {}

  Solution run() && {
    Node root;
    for (const auto& link : problem_.links) root.ranges.push_back({0, link.waits.size()});
    root.is_closed.assign(problem_.links.size(), 0);
    open_.push_back(std::move(root));
    while (!open_.empty() && !is_beaten(open_.front()) && !is_stopped_) {
      std::ranges::pop_heap(open_, is_later);
      Node node = std::move(open_.back());
      open_.pop_back();
      expand(std::move(node));
      is_stopped_ = options_.must_stop && options_.must_stop();
    }
    finish();
    return std::move(solution_);
  }

 private:
  static bool is_later(const Node& left, const Node& right) { return right < left; }

  // Whether nothing in this node is better than the plans that are known.
  bool is_beaten(const Node& node) const {
    if (solution_.plans.size() < options_.count) return false;
    const Plan& worst = solution_.plans.back();
    return is_same_cost(node.cost, worst.cost) ? with_rounding(node.latency_ms) >= worst.latency_ms
                                               : node.cost > worst.cost;
  }

  void expand(Node node) {
    const bool is_whole = is_divided(node);
    const Solution found = solve(problem_of(node, is_whole), options_);
    solution_.steps += found.steps;
    solution_.solver = found.solver;
    const Plan* longest = nullptr;  // the first that waits longer than it was charged, or breaks a share
    for (const auto& listed : found.plans) {
      Plan plan = price(problem_, listed.decision);
      const bool holds = is_feasible(problem_, plan) && plan.latency_ms <= with_rounding(listed.latency_ms);
      if (!holds && longest == nullptr) longest = &listed;
      add(std::move(plan));
    }
    const bool has_all = found.is_proven && found.proven == found.plans.size() && found.plans.size() < options_.count;
    if (has_all) return;
    if (is_whole || longest == nullptr) {
      closed_ = std::min(closed_, found.open_bound);
    } else if (problem_.allows_parallel) {
      closed_ = std::min(closed_, found.bound);
    } else {
      node.cost = std::min(longest->cost, found.open_bound);
      node.latency_ms = longest->latency_ms;
      divide(std::move(node), longest->decision);
    }
  }

  static bool is_divided(const Node& node) {
    for (std::size_t link = 0; link < node.ranges.size(); ++link) {
      if (node.is_closed[link] == 0 && node.ranges[link].first < node.ranges[link].last) return false;
    }
    return true;
  }

  // A problem without waits.
  Problem problem_of(const Node& node, bool is_whole) const {
    Problem made = problem_;
    for (std::size_t i = 0; i < made.links.size(); ++i) {
      const auto [first, last] = node.ranges[i];
      Link& link = made.links[i];
      const auto& waits = problem_.links[i].waits;
      link.waits.clear();
      link.round_trip_ms += ms_of(problem_.links[i], first);
      if (problem_.allows_parallel) continue;
      if (last < waits.size()) link.most_bytes = std::min(link.most_bytes, up_to(waits[last].above_bytes));
      // Else a plan that waits less may hide others: by its charge it keeps a share that it breaks.
      if (has_shares_ && first > 0)
        link.least_bytes = std::max(link.least_bytes, just_above(waits[first - 1].above_bytes));
      if (node.is_closed[i] != 0) link.most_bytes = 0;
    }
    if (!is_whole) std::erase_if(made.constraints, is_share);
    return made;
  }

  // Limits that hold for exactly this many bytes, and not, beyond their tolerance.
  static double up_to(double bytes) { return bytes * (1 - 0.5e-9); }
  static double just_above(double bytes) { return bytes * (1 + 3e-9); }

  // Where this plan waits longest beyond its charge; at the middle of the longest range if it does not.
  void divide(Node node, const Decision& decision) {
    std::size_t place = kNone;
    std::size_t wait = 0;
    double longest = 0;
    for (std::size_t hop = 0; hop + 1 < decision.route.size(); ++hop) {
      const std::size_t link = link_between(problem_, decision.route[hop], decision.route[hop + 1]);
      const Range& range = node.ranges[link];
      const std::size_t actual = std::min(wait_of(problem_.links[link], sent_bytes(decision, hop)), range.last);
      if (actual <= range.first) continue;
      const double beyond = ms_of(problem_.links[link], actual) - ms_of(problem_.links[link], range.first);
      if (place != kNone && beyond <= longest) continue;
      place = link;
      wait = actual;
      longest = beyond;
    }
    if (place == kNone) {
      std::size_t widest = 0;
      for (std::size_t link = 0; link < node.ranges.size(); ++link) {
        const Range& range = node.ranges[link];
        if (node.is_closed[link] != 0 || range.last - range.first <= widest) continue;
        widest = range.last - range.first;
        place = link;
        wait = range.first + (widest + 1) / 2;
      }
    }
    Node above = node;
    node.ranges[place].last = wait - 1;
    above.ranges[place].first = wait;
    close_others(above, place);
    for (Node* each : {&node, &above}) {
      open_.push_back(std::move(*each));
      std::ranges::push_heap(open_, is_later);
    }
  }

  // Whoever waits on a link takes it, and no other that starts or ends where it does. But a tensor may go past.
  void close_others(Node& node, std::size_t taken) const {
    if (problem_.allows_bypass) return;
    const Link& ends = problem_.links[taken];
    for (std::size_t link = 0; link < problem_.links.size(); ++link) {
      const bool meets = problem_.links[link].from == ends.from || problem_.links[link].to == ends.to;
      if (meets && link != taken) node.is_closed[link] = 1;
    }
  }

  double sent_bytes(const Decision& decision, std::size_t hop) const {
    double sum = 0;
    for (const auto& crossing : decision.crossings) {
      if (crossing.hop == hop && crossing.past == 0)
        sum += problem_.tensors[crossing.tensor].encodings[crossing.encoding].bytes;
    }
    return sum;
  }

  void add(Plan plan) {
    auto& plans = solution_.plans;
    if (!is_feasible(problem_, plan)) return;
    if (std::ranges::find(plans, plan.decision, &Plan::decision) != plans.end()) return;
    plans.insert(std::ranges::upper_bound(plans, plan, is_better), std::move(plan));
    if (plans.size() > options_.count) plans.pop_back();
  }

  void finish() {
    auto& plans = solution_.plans;
    double open = closed_;
    for (const auto& node : open_) open = std::min(open, node.cost);
    const double best = plans.empty() ? kUnlimited : plans.front().cost;
    solution_.open_bound = open;
    solution_.bound = std::min(open, best);
    const bool is_complete = open_.empty() || (!is_stopped_ && is_beaten(open_.front()));
    const auto is_known = [&](const Plan& plan) { return plan.cost <= with_rounding(open); };
    solution_.proven = 0;
    while (solution_.proven < plans.size() && is_known(plans[solution_.proven])) ++solution_.proven;
    solution_.is_proven = plans.empty() ? is_complete && closed_ == kUnlimited : solution_.proven > 0;
  }

  const Problem& problem_;
  const SolveOptions& options_;
  const bool has_shares_;
  std::vector<Node> open_;      // a heap, the least first
  double closed_ = kUnlimited;  // no plan of the nodes that need no more division costs less, but for those listed
  bool is_stopped_ = false;
  Solution solution_;
};

}  // namespace

bool has_waits(const Problem& problem) {
  return std::ranges::any_of(problem.links, [](const Link& link) { return !link.waits.empty(); });
}

Solution solve_with_waits(const Problem& problem, const SolveOptions& options) {
  return WaitSearch(problem, options).run();
}

}  // namespace tandem::plan
