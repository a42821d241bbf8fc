// Planning for every request, as Edgent does online (Li et al. 2018, section III-D): the link is looked at before each,
// and the plan that is best at that bandwidth, found beforehand and resident everywhere, answers it.
#pragma once

#include <vector>

#include "plan/analysis.h"
#include "plan/problem.h"
#include "rpc/access.h"
#include "runtime/deployment.h"

namespace tandem::cli {

class LivePlanner {
 public:
  // `problem` has the deadline among its constraints. Deploys every plan that is best at some bandwidth of the only
  // link that leads out of the first target, and, for where none is in time, the fastest ones. Throws
  // Error(Unsupported) when there are several such links, and what plan_map and Deployment::add throw.
  LivePlanner(plan::Problem problem, runtime::Deployment& deployment, rpc::Access& first_target);

  // Looks at the link. Keeps the last value when it does not answer.
  double measure();
  // At the bandwidth that was measured last.
  struct Choice {
    plan::Plan plan;
    const runtime::Route* route = nullptr;
    bool is_in_time = true;  // by its prediction
  };
  Choice choose() const;

 private:
  struct Segment {
    double high_mbps = 0;
    plan::Plan plan;
    runtime::Route route;
    bool is_in_time = true;
  };

  plan::Problem problem_;
  std::size_t link_ = 0;
  rpc::Access& first_target_;
  std::vector<Segment> segments_;  // from the lowest bandwidth on
};

}  // namespace tandem::cli
