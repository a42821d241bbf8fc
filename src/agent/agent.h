// One target at work: holds parts, runs its hop of a request and forwards the rest. Serves behind `tandem agent` and,
// without a server in front, as the target "here". Thread-safe.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/codec_store.h"
#include "agent/deposits.h"
#include "agent/engine_queue.h"
#include "agent/journal.h"
#include "agent/measurer.h"
#include "agent/messenger.h"
#include "agent/neighbours.h"
#include "agent/pace.h"
#include "agent/part_runner.h"
#include "agent/part_store.h"
#include "agent/watch.h"
#include "agent/weight_store.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "fleet/fleet.h"
#include "rpc/credentials.h"
#include "rpc/handler.h"
#include "rpc/limits.h"

namespace tandem::agent {

class TensorSender;

struct AgentSettings {
  std::string name;
  std::filesystem::path weight_cache;  // empty: in memory
  std::optional<fleet::Fleet> fleet;   // the links that it forwards along; none: it does not forward
  rpc::Credentials credentials;
  rpc::Limits limits;                // its memory is the budget of the whole agent; the engine has to share it
  std::shared_ptr<Journal> journal;  // shared with a supervisor; none: of its own
  std::function<void()> give_up;     // see Watch: what a worker does about a computation that does not end
};

class Agent : public rpc::Handler {
 public:
  // `engine` and `clock` must outlive the agent.
  Agent(AgentSettings settings, engine::Engine& engine, base::Clock& clock = base::steady_clock());

  rpc::TargetDescription describe() override;
  std::vector<std::string> missing(const std::vector<std::string>& digests) override;
  base::Status store_weight(const std::string& digest, base::Tensor bytes) override;
  // Refused to who is no operator, unless the part is held already.
  base::Status load(const rpc::PartOffer& part, const rpc::CallTerms& terms = {}) override;
  std::unique_ptr<rpc::TensorReceiver> receive(const rpc::EncodedTensor& tensor,
                                               const base::Deadline& deadline) override;
  base::Result<rpc::RunReply> run(rpc::RunRequest request) override;
  base::Result<rpc::RunReply> deposit(rpc::RunRequest deposit) override;
  base::Result<rpc::MeasureReply> measure(const rpc::MeasureRequest& request,
                                          const rpc::CallTerms& terms = {}) override;
  base::Result<rpc::LinkReport> probe(const rpc::ProbeRequest& request) override;

  // Requests under way end at their deadlines, or in a second; new ones are refused. Returns the moment by which they
  // have ended.
  base::Deadline stop() { return watch_.stop(); }

 private:
  // Runs the parts of the first hop, and what is offloaded meanwhile; the exit where the request ends, null: at none.
  base::Result<const rpc::ExitCheck*> run_parts(const rpc::RunRequest& request, TensorByName& tensors,
                                                rpc::HopReport& report);
  // Adds the deposits that the first hop awaits.
  base::Status collect(const rpc::RunRequest& request, TensorByName& tensors, rpc::HopReport& report);
  base::Status check_receiver(const rpc::RunRequest& request) const;

  const std::string name_;
  engine::Engine& engine_;
  base::Clock& clock_;
  const Pace pace_;
  const base::SharedBudget memory_;
  const std::shared_ptr<Journal> journal_;
  Watch watch_;
  WeightStore weights_;
  PartStore parts_;
  CodecStore codecs_;
  EngineQueue queue_;
  PartRunner runner_;
  Measurer measurer_;
  Deposits deposits_;
  Neighbours neighbours_;
  Messenger messenger_;
};

}  // namespace tandem::agent
