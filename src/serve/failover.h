// Requests by one plan while its machines answer, and by plans without the lost ones meanwhile (docs/decisions/0037).
// Used by workspace. Not synchronised: one request at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "deploy/deployment.h"
#include "plan/problem/plan.h"
#include "rpc/targets.h"

namespace tandem::serve {

// A machine out of service, or that was.
struct Loss {
  std::string target;
  std::string reason;                     // in one line
  bool has_lied = false;                  // then it stays out
  std::int64_t lost_at_s = 0;             // Unix time
  std::optional<std::int64_t> back_at_s;  // nothing: not yet
};

// A plan at work.
struct Way {
  plan::Plan plan;
  deploy::Route route;
  std::vector<std::vector<deploy::PartLayers>> layers;                  // of each part, by hop
  std::vector<std::vector<std::vector<deploy::PartLayers>>> offloaded;  // likewise, by offload of the hop
};

// `route`: of the plan, by this deployment.
Way way_by(const deploy::Deployment& deployment, plan::Plan plan, deploy::Route route);

struct FailoverSettings {
  std::optional<base::Milliseconds> deployment_limit;  // of the targets across the network, together
  deploy::UploadProgress progress;
};

class Failover {
 public:
  using Targets = std::set<std::string>;
  // The best plan in which none of these takes part; nothing: there is none.
  using PlanWithout = std::function<std::optional<plan::Plan>(const Targets& lost)>;

  // Deploys the plan, or one without the machines that are lost at it. `deployment` and `targets` must outlive this.
  // Throws base::Error as Deployment::add does, of a lost machine only where no plan does without it.
  Failover(deploy::Deployment& deployment, const rpc::Targets& targets, plan::Plan plan, PlanWithout plan_without,
           FailoverSettings settings = {});

  struct Outcome {
    deploy::Answer answer;
    const Way* way = nullptr;  // as long as this Failover lives
    bool is_fallback = false;  // it is another than the plan
  };
  // Machines that were lost are asked, and deployed to again, before the time of the request begins. If a machine fails
  // it, it goes another way in the time that is left; if there is no other, it waits for the machine: until the
  // deadline, 10 s at most, and not once a minute has passed without an answer. Fails as Deployment::run does.
  base::Result<Outcome> run(const std::vector<base::NamedTensor>& inputs,
                            std::optional<base::Milliseconds> deadline = std::nullopt);

  // Requests no longer go by this machine, which answered wrongly.
  void take_out(const std::string& target, const std::string& reason);

  const std::vector<Loss>& losses() const { return losses_; }  // in the order in which they were noticed

 private:
  const Way* prepare(base::Deadline deadline);
  const Way* prepare_or_wait(base::Deadline deadline);
  const Way* next_way(const Way& failed, const base::Error& error, bool& is_repeated, base::Deadline deadline);
  const Way* way_without(const Targets& avoided, base::Deadline deadline);
  const Way* deploy(plan::Plan plan, base::Deadline deadline);
  Targets remote_targets_of(const Way& way) const;
  Targets silent_of(const Way& way, base::Deadline deadline) const;
  Targets out() const;
  bool note(const std::string& target, const base::Error& error, bool has_lied = false);
  void look_around(base::Milliseconds every, base::Deadline deadline);
  void announce(const Way* way);

  deploy::Deployment& deployment_;
  const rpc::Targets& targets_;
  const plan::Plan plan_;
  const PlanWithout plan_without_;
  const FailoverSettings settings_;
  std::deque<Way> ways_;
  std::map<Targets, const Way*> known_;  // none: no plan does without these
  std::vector<Loss> losses_;
  std::size_t announced_ = 0;                    // of losses_
  std::map<std::string, int> failed_to_deploy_;  // how often, by target
  const Way* suspect_ = nullptr;                 // missed the last deadline; its machines have yet to be asked
  std::optional<base::Error> cause_;             // of the last loss
  base::Instant last_look_;
  base::Instant last_answer_;
};

// Whether none of the targets takes part in the plan.
bool avoids(const plan::Plan& plan, const Failover::Targets& targets);

}  // namespace tandem::serve
