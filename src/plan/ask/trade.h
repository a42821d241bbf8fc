// The trade between accuracy and cost that codecs offer. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "plan/solve/solve.h"

namespace tandem::plan {

// Every encoding of a tensor that crosses a hop, with the figures of the plan if only this encoding changed.
struct CodecTrade {
  std::string tensor;
  std::string from;  // targets
  std::string to;
  struct Way {
    std::string codec;
    double bytes = 0;
    double accuracy_loss = 0;  // percentage points, of requests that cross
    double encode_ms = 0;      // on `from`
    double decode_ms = 0;      // on `to`
    double latency_ms = 0;     // of the whole plan
    double accuracy = 100;
    bool is_feasible = true;  // the plan's constraints hold
    bool is_chosen = false;
  };
  std::vector<Way> ways;  // in the problem's order
};
std::vector<CodecTrade> codec_trades(const Problem& problem, const Plan& plan);  // by hop and tensor

// The problem with an accuracy of at least reference_accuracy() − `points` percentage points, as in JALAD (Li et al.
// 2018, section III). Without policies, encodings that lose more by themselves are left out.
Problem with_accuracy_loss(Problem problem, double points);

struct LossBound {
  double points = 0;
  std::optional<Plan> plan;  // nothing: none was found
};

// The best plan for each accuracy loss allowed, in place of any other constraint of accuracy; the fastest where
// accuracy is the objective. Throws what solve() throws.
std::vector<LossBound> best_by_loss(const Problem& problem, const std::vector<double>& points,
                                    const SolveOptions& options = {});

}  // namespace tandem::plan
