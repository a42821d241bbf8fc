// Requests by a chosen plan, with an account of those that got no answer, of lost machines and of wrong answers. Used
// by run.h. run() is any thread's, the rest one thread's, without requests under way.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "deploy/deployment.h"
#include "serve/failover.h"
#include "workspace/answer_audit.h"
#include "workspace/plan_choice.h"
#include "workspace/request_watch.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

// A replica of a target of the plan, and the answers that it took part in.
struct ReplicaShare {
  std::string target;
  std::string replica;
  std::size_t answers = 0;
};

struct ServiceReport {
  std::size_t requests = 0;
  std::size_t answered = 0;
  std::size_t in_flight = 1;        // at once
  std::optional<double> period_ms;  // between two answers on average; nothing for one at a time, or fewer than two
  std::vector<ReplicaShare> replicas;
  std::map<std::string, std::size_t> fallbacks;  // answers by other plans than the chosen one, by their summary
  std::vector<serve::Loss> losses;
  std::optional<base::Error> failure;  // of the first request that got no answer for the loss of a machine
  std::optional<AuditReport> audit;
};

struct ServiceOptions {
  std::optional<double> deadline_ms;  // of each request
  bool is_single = false;             // one request: its deadline bounds the deployment, too
  std::size_t verify_every = 0;       // compare one answer in this many; 0: none
  std::size_t in_flight = 1;          // requests at once; nothing is learnt from several, which wait for each other
};

class Service {
 public:
  // Deploys the plan, with a progress bar. `workspace` must outlive this. Throws as serve::Failover does.
  Service(Workspace& workspace, const PlanChoice& choice, const ServiceOptions& options);

  // Opens connections and loads, with a request for each replica; a failure shows in the next request.
  void warm_up(const std::vector<base::NamedTensor>& inputs);
  // Throws base::Error on other failures than the loss of a machine.
  base::Result<deploy::Answer> run(const std::vector<base::NamedTensor>& inputs);
  ServiceReport finish();  // once all answers have been compared that are to be

 private:
  base::Result<serve::Failover::Outcome> ask(const std::vector<base::NamedTensor>& inputs);
  void heed_lies();
  void note(const serve::Failover::Outcome& outcome, const std::vector<base::NamedTensor>& inputs);
  void note_replicas(const std::vector<rpc::HopReport>& hops);

  const std::optional<base::Milliseconds> deadline_;
  deploy::Deployment deployment_;
  serve::Failover failover_;
  RequestWatch watch_;
  std::optional<AnswerAudit> audit_;
  std::mutex mutex_;  // of the two above, and the three below
  ServiceReport report_;
  base::Instant first_answer_;
  base::Instant last_answer_;
};

}  // namespace tandem::workspace
