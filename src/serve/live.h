// Planning for every request, as Edgent does online (Li et al. 2018, section III-D): the link is looked at before each,
// and the plan that is best at that bandwidth, found beforehand and resident everywhere, answers it. What the link does
// after the look is what the best local plan is for: see rescue.h.
#pragma once

#include <optional>
#include <vector>

#include "deploy/deployment.h"
#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "rpc/targets.h"
#include "serve/rescue.h"

namespace tandem::serve {

// Not synchronised: one request at a time.
class LivePlanner {
 public:
  // `problem` has the deadline among its constraints. Deploys every plan that is best at some bandwidth of the only
  // link that leads out of the first target, for where none is in time the fastest ones, and the best that the first
  // target carries out alone, if one of them is in time. The others are as deploy::Deployment takes them. Throws
  // Error(Unsupported) when there are several such links, and what plan_map and deploy::Deployment::add throw.
  LivePlanner(plan::Problem problem, const model::Model& model, const rpc::Targets& targets,
              const deploy::CodecDescriptions& codecs = {});

  // Looks at the link. Keeps the last value when it does not answer.
  double measure();
  // At the bandwidth that was measured last.
  struct Choice {
    plan::Plan plan;
    const deploy::Route* route = nullptr;
    bool is_in_time = true;  // by its prediction
  };
  Choice choose() const;
  base::Result<Rescue::Outcome> run(const Choice& choice, const std::vector<base::NamedTensor>& inputs,
                                    base::Deadline deadline);

  const std::optional<plan::Plan>& local_plan() const { return local_plan_; }  // nothing: none is in time

 private:
  struct Segment {
    double high_mbps = 0;
    plan::Plan plan;
    deploy::Route route;
    bool is_in_time = true;
  };
  void add_segments();
  void deploy(std::size_t weight_bytes);  // of the whole model

  plan::Problem problem_;
  deploy::Deployment deployment_;
  std::size_t link_ = 0;
  rpc::Access& first_target_;
  std::vector<Segment> segments_;  // from the lowest bandwidth on
  std::optional<plan::Plan> local_plan_;
  std::optional<Rescue> rescue_;
};

}  // namespace tandem::serve
