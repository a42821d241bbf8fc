// Requests by one plan while its machines answer, and by plans without the lost ones meanwhile (docs/decisions/0037).
// Replicas take turns; one that is lost is left out (docs/decisions/0049). Used by workspace. Thread-safe but for
// losses().
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "deploy/deployment.h"
#include "plan/problem/plan.h"
#include "rpc/targets.h"
#include "serve/losses.h"
#include "serve/way.h"

namespace tandem::serve {

struct FailoverSettings {
  std::optional<base::Milliseconds> deployment_limit;  // of the targets across the network, together
  deploy::UploadProgress progress;
};

class Failover {
 public:
  using Targets = std::set<std::string>;
  using Machines = deploy::Machines;
  // The best plan in which none of these takes part; nothing: there is none.
  using PlanWithout = std::function<std::optional<plan::Plan>(const Targets& lost)>;

  // Deploys the plan, or one without the machines that are lost at it. `deployment` and `targets` must outlive this.
  // Throws base::Error as Deployment::add does, of a lost machine only where no plan does without it.
  Failover(deploy::Deployment& deployment, const rpc::Targets& targets, plan::Plan plan, PlanWithout plan_without,
           FailoverSettings settings = {});

  struct Outcome {
    deploy::Answer answer;
    const Way* way = nullptr;  // as long as this Failover lives
    deploy::Route route;       // of the way, by the machines whose turn it was
    bool is_fallback = false;  // it is another than the plan
  };
  // Machines that were lost are asked, and deployed to again, before the time of the request begins. If a machine fails
  // it, it goes another way in the time that is left; if there is no other, it waits for the machine: until the
  // deadline, 10 s at most, and not once a minute has passed without an answer. Fails as Deployment::run does.
  base::Result<Outcome> run(const std::vector<base::NamedTensor>& inputs,
                            std::optional<base::Milliseconds> deadline = std::nullopt);

  // Requests no longer go by this machine, which answered wrongly.
  void take_out(const std::string& machine, const std::string& reason);

  // In the order in which they were noticed. Not while requests run.
  const std::vector<Loss>& losses() const { return losses_.all(); }

 private:
  using Lock = std::unique_lock<std::mutex>;  // given up while machines are waited for
  struct Attempt {
    const Way* way = nullptr;
    deploy::Route route;  // in turn
  };

  const Way* prepare(base::Deadline deadline);
  const Way* prepare_or_wait(base::Deadline deadline, Lock& lock);
  const Way* next_way(const Attempt& failed, const base::Error& error, bool& is_repeated, base::Deadline deadline,
                      Lock& lock);
  base::Result<deploy::Answer> attempt(Attempt& attempt, const Way& way, const std::vector<base::NamedTensor>& inputs,
                                       base::Deadline deadline, Lock& lock);
  const Way* way_without(const Machines& avoided, base::Deadline deadline);
  const Way* deploy(plan::Plan plan, base::Deadline deadline);
  Targets targets_without(const Machines& avoided) const;
  Machines remote_machines_of(const deploy::Route& route) const;
  Machines silent_of(const deploy::Route& route, base::Deadline deadline, Lock& lock) const;
  void look_around(base::Milliseconds every, base::Deadline deadline, Lock& lock);
  bool is_back(const std::string& machine, base::Deadline deadline, Lock& lock);
  void announce(const Way* way);
  std::string instead_of(const std::string& machine, const Way* way) const;

  deploy::Deployment& deployment_;
  const rpc::Targets& targets_;
  const plan::Plan plan_;
  const PlanWithout plan_without_;
  const FailoverSettings settings_;
  std::mutex mutex_;  // of all that follows
  std::deque<Way> ways_;
  std::map<Targets, const Way*> known_;      // none: no plan does without these
  std::map<const Way*, Machines> left_out_;  // replicas that were out when the way was deployed, and lack it
  Losses losses_;
  std::optional<deploy::Route> suspect_;  // missed the last deadline; its machines have yet to be asked
  bool is_looking_ = false;               // a request asks those that were lost
  base::Instant last_look_;
  base::Instant last_answer_;
};

}  // namespace tandem::serve
