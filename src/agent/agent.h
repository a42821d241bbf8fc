// One target at work: holds parts, runs its hop of a request and forwards the rest. The same class serves behind
// `tandem agent` and, without a server in front, as the target "here". Thread-safe.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "agent/codec_store.h"
#include "agent/pace.h"
#include "agent/part_store.h"
#include "base/clock.h"
#include "engine/engine.h"
#include "fleet/fleet.h"
#include "rpc/credentials.h"
#include "rpc/limits.h"
#include "rpc/peer.h"
#include "rpc/server.h"

namespace tandem::agent {

class TensorSender;

struct AgentSettings {
  std::string name;
  double slowdown = 1;                 // emulated: every run takes this many times as long
  std::filesystem::path weight_cache;  // empty: in memory
  std::optional<fleet::Fleet> fleet;   // whom it may forward to; none: nobody
  rpc::Credentials credentials;
  rpc::Limits limits;
};

class Agent : public rpc::Handler {
 public:
  // `engine` and `clock` must outlive the agent.
  Agent(AgentSettings settings, engine::Engine& engine, base::Clock& clock = base::steady_clock());
  ~Agent() override;

  rpc::TargetDescription describe() override;
  std::vector<std::string> missing(const std::vector<std::string>& digests) override;
  base::Status store_weight(const std::string& digest, base::Tensor bytes) override;
  base::Status load(const rpc::PartOffer& part) override;
  std::unique_ptr<rpc::TensorReceiver> receive(const rpc::EncodedTensor& tensor,
                                               const base::Deadline& deadline) override;
  base::Result<rpc::RunReply> run(rpc::RunRequest request) override;
  base::Result<rpc::MeasureReply> measure(const rpc::MeasureRequest& request) override;
  base::Result<rpc::LinkReport> probe(const rpc::ProbeRequest& request) override;

 private:
  using Tensors = std::map<std::string, base::Tensor>;
  class Turn;  // the right to use the engine

  base::Result<rpc::MeasureReply> measure_parts(const rpc::MeasureRequest& request);
  base::Result<rpc::MeasureReply> measure_codec(const rpc::MeasureRequest& request);
  base::Result<Tensors> made_up_inputs(const std::vector<std::string>& parts);
  base::Status examine(const std::string& digest, const Tensors& given, int runs, rpc::MeasureReply& reply);
  void load_afresh(const model::Part& part, const std::vector<base::Tensor>& inputs, rpc::MeasureReply& reply);
  // Runs a hop's parts until its end or an exit that is sure enough: the check that it stopped at, or null.
  base::Result<const rpc::ExitCheck*> run_parts(const rpc::Hop& hop, const base::Deadline& deadline, Tensors& tensors,
                                                double& compute_ms);
  base::Result<const rpc::ExitCheck*> run_to_exit(const rpc::Hop& hop, const base::Deadline& deadline,
                                                  Tensors& tensors);
  base::Status run_part(const std::string& digest, Tensors& tensors);
  base::Status add_tensors(const rpc::Hop& hop, const Tensors& tensors, TensorSender& sender, rpc::RunRequest& next);
  base::Result<rpc::RunReply> forward(const rpc::RunRequest& request, const Tensors& tensors, rpc::HopReport& report);
  base::Result<rpc::Peer*> peer_named(const std::string& name);
  // By the emulated slowdown, until `start` + the stretched time, but not beyond the deadline. Returns that time.
  base::Milliseconds stretch(base::Instant start, base::Milliseconds worked, const base::Deadline& deadline);

  AgentSettings settings_;
  engine::Engine& engine_;
  base::Clock& clock_;
  WeightStore weights_;
  PartStore parts_;
  CodecStore codecs_;
  const Pace pace_;               // of what runs on one thread
  std::timed_mutex engine_turn_;  // one request computes at a time
  std::atomic<int> waiting_{0};
  std::mutex peers_mutex_;
  std::map<std::string, std::unique_ptr<rpc::Peer>> peers_;
};

}  // namespace tandem::agent
