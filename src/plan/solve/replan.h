// The same question again with other bandwidths and loads: answered in microseconds, without allocating anything. For
// whoever plans for every request.
#pragma once

#include <memory>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

class ChainPlanner;
struct Query;

// Not thread-safe.
class Replanner {
 public:
  // Throws Error(Unsupported) unless the problem is a chain (exits included) with an additive objective and no limits
  // but a deadline. It must have passed check().
  explicit Replanner(Problem problem);
  ~Replanner();
  Replanner(const Replanner&) = delete;
  Replanner& operator=(const Replanner&) = delete;

  // All numbers must be finite; bandwidths and loads positive.
  void set_link(std::size_t link, double round_trip_ms, double upload_mbps, double download_mbps);
  void set_load(std::size_t target, double load);

  // The best decision, as solve() finds it, or nullptr when none is feasible. Valid until the next call.
  const Decision* plan();

  const Problem& problem() const { return problem_; }

 private:
  struct Policy {
    std::unique_ptr<Query> query;
    std::unique_ptr<ChainPlanner> planner;
  };

  Problem problem_;
  std::vector<Policy> policies_;
  bool is_stale_ = false;
};

}  // namespace tandem::plan
