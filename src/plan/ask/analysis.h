// What else is worth knowing about a problem than its best plan: what binds, what clashes, the trade between two
// objectives, and which plan is best at which bandwidth. Everything here asks solve() and is as exact as it is; where
// options.must_stop ends a search before it found a plan or proved that there is none, it throws
// Error(DeadlineExceeded). `count` of the options is of no account.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "plan/solve/solve.h"

namespace tandem::plan {

// A constraint without which the best plan would cost less.
struct Binding {
  std::size_t constraint = 0;
  Plan plan;           // the best without it (and with all others)
  double reaches = 0;  // what the constraint's metric is there: relaxing the limit to this gives that plan; AtMost only
};
std::vector<Binding> what_binds(const Problem& problem, const Plan& best, const SolveOptions& options = {});

// Why nothing is feasible: a minimal set of constraints that cannot hold together (dropping any one of them makes the
// rest of this set feasible; found by the deletion filter, Chinneck and Dravnieks 1991), and for each of them the
// nearest plan that keeps all other constraints of the problem, where there is one. Empty when a plan is feasible, or
// when none would be even without constraints (memory limits of targets, links that are missing).
struct Clash {
  std::vector<std::size_t> constraints;
  struct Way {
    std::size_t constraint = 0;
    Plan plan;         // the best once the constraint is relaxed to `needs`, or dropped if it is no AtMost
    double needs = 0;  // AtMost: the least limit that some plan keeps (compute, exchange, memory, shares and the energy
                       // of some targets: to 1e-6, relative); the plan reaches it
    double excess = 0;  // relative, see price.h
  };
  std::vector<Way> ways;  // nearest first
};
Clash why_infeasible(const Problem& problem, const SolveOptions& options = {});

// The plans that no other beats in both objectives, by the first, one for each pair of costs; with the constraints of
// the problem, whose own objective is of no account. Epsilon-constraint method (Haimes et al. 1971). Each plan's `cost`
// is the first objective's. Stops at `limit` points, counted from the best of the first objective, or of the second if
// that is a weighted sum. Throws Error(Unsupported) when both are.
struct FrontPoint {
  Plan plan;
  double first_cost = 0;
  double second_cost = 0;
};
std::vector<FrontPoint> pareto_front(const Problem& problem, const Objective& first, const Objective& second,
                                     const SolveOptions& options = {}, std::size_t limit = 1000);

// Which plan is best between which bandwidths of `links` (all of them scaled alike, both ways, when there are several;
// the bandwidth is then that of the first one's upload; empty: all links of the problem). Segments follow each other
// from the lowest bandwidth on, without gaps. Breakpoints are exact: a plan's cost is linear in one over the bandwidth,
// so the best plans form the lower envelope of lines (Eisner and Severance 1976).
struct MapSegment {
  double low_mbps = 0;
  double high_mbps = 0;
  std::optional<Plan> plan;  // priced at the middle (geometric); nothing: no plan is feasible here
};
// With a latency of at most so much for every request, whichever exit it takes. Whatever the objective is.
Problem with_deadline(Problem problem, double deadline_ms);
// Least latency as if there were no deadline: the problem to ask where none can be kept.
Problem without_deadline(const Problem& problem);

// Throws Error(Unsupported) for what is not linear: throughput, shares of the latency, a cap on period, exchange or
// energy, a deadline with another objective than latency or accuracy. Throws Error(InvalidInput) for a range that is
// none, and when there is no such link.
std::vector<MapSegment> plan_map(const Problem& problem, const std::vector<std::size_t>& links, double low_mbps,
                                 double high_mbps, const SolveOptions& options = {});

// With an accuracy of at least reference_accuracy() less so many percentage points: what JALAD asks for (Li et al.
// 2018, section III). Without policies, encodings that alone lose more are left out.
Problem with_accuracy_loss(Problem problem, double points);

// What else could have been done with a tensor that crosses: each of its encodings, with what the plan would cost if
// nothing but that were changed.
struct CodecTrade {
  std::string tensor;
  std::string from;  // targets
  std::string to;
  struct Way {
    std::string codec;
    double bytes = 0;
    double accuracy_loss = 0;  // percentage points, of requests that cross
    double encode_ms = 0;      // on `from`, and below on `to`
    double decode_ms = 0;
    double latency_ms = 0;  // of the whole plan
    double accuracy = 100;
    bool is_feasible = true;  // the plan's constraints hold
    bool is_chosen = false;
  };
  std::vector<Way> ways;  // in the problem's order
};
std::vector<CodecTrade> codec_trades(const Problem& problem, const Plan& plan);  // by hop and tensor

// The best plan for each accuracy loss that is allowed, in place of any other constraint of accuracy; the fastest where
// accuracy is the objective.
struct LossBound {
  double points = 0;
  std::optional<Plan> plan;  // nothing: none was found
};
std::vector<LossBound> best_by_loss(const Problem& problem, const std::vector<double>& points,
                                    const SolveOptions& options = {});

}  // namespace tandem::plan
