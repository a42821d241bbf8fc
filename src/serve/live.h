// Planning for every request, as Edgent does online (Li et al. 2018, section III-D): a look at the link before each
// request finds its bandwidth, and the best plan at that bandwidth, found and deployed beforehand, answers. If the link
// fails after the look, the best local plan answers: see rescue.h. Used by workspace.
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
  // link out of the first target, the fastest plans where none is in time, and the best plan on the first target alone
  // if it is in time. Other arguments: as for deploy::Deployment. Throws Error(Unsupported) when several links lead out
  // of the first target, and the errors of plan_map and deploy::Deployment::add.
  LivePlanner(plan::Problem problem, const model::Model& model, const rpc::Targets& targets,
              const deploy::CodecDescriptions& codecs = {});

  // Looks at the link and returns its bandwidth: the last value when the link does not answer.
  double measure();
  // By the bandwidth that was measured last.
  struct Choice {
    plan::Plan plan;
    const deploy::Route* route = nullptr;
    bool is_in_time = true;  // by its prediction
  };
  Choice choose() const;
  base::Result<Rescue::Outcome> run(const Choice& choice, const std::vector<base::NamedTensor>& inputs,
                                    base::Deadline deadline);

  const std::optional<plan::Plan>& local_plan() const { return local_plan_; }  // none: no local plan is in time

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
  const rpc::Targets& targets_;
  deploy::Deployment deployment_;
  std::size_t link_ = 0;
  rpc::Access& first_target_;
  std::vector<Segment> segments_;  // from the lowest bandwidth on
  std::optional<plan::Plan> local_plan_;
  std::optional<Rescue> rescue_;
};

}  // namespace tandem::serve
