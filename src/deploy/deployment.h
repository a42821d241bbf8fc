// Plans put to work on a fleet: their parts are made resident and warm on the targets, then requests run. Used by
// serve, workspace, benchmarks and experiments.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "deploy/lower.h"
#include "deploy/turns.h"
#include "model/model.h"
#include "plan/problem/plan.h"
#include "rpc/offer.h"
#include "rpc/targets.h"

namespace tandem::deploy {

// Descriptions of codecs, by the tensor that they encode and the codec's id (codec::id_of).
using CodecDescriptions = std::map<std::pair<std::string, std::string>, std::string>;

struct Answer {
  // In the model's order; with an exit policy only the output of one exit. Outputs that cannot be sent are missing.
  std::vector<base::NamedTensor> outputs;
  std::vector<rpc::HopReport> hops;
  double latency_ms = 0;  // of the whole call
};

// Called as parts are sent, with the bytes of weights sent so far and in all.
using UploadProgress = std::function<void(std::size_t sent_bytes, std::size_t total_bytes)>;

// A machine that did not take its share of a deployment in time, or fell silent (base::is_loss).
class LostTarget : public base::Error {
 public:
  LostTarget(std::string target, const base::Error& cause) : Error(cause.at(target)), target_(std::move(target)) {}
  const std::string& target() const { return target_; }

 private:
  std::string target_;
};

class Deployment {
 public:
  // Only targets that plans use are asked for anything. `model` and `targets` must outlive the deployment. Codecs that
  // need no fitting (codec::listings) may be missing in `codecs`.
  Deployment(const model::Model& model, const rpc::Targets& targets, CodecDescriptions codecs = {});

  // Makes the plans' parts and codecs resident and returns a route for each plan. Plans share parts with each other and
  // with those of earlier calls (lower.h); earlier routes stay valid. Targets across the network come first, and have
  // until the deadline; each at most half an hour, and Limits::silence without a sign of life (rpc/peer.h). Throws
  // LostTarget when one is too late or cannot be reached; base::Error, naming the target, when it refuses;
  // Error(NotFound) on an unknown codec or first target; Error(Unsupported) on a codec that does not take its tensor;
  // and as lower() does. All replicas of a target get the same, but those that are `out` nothing.
  std::vector<Route> add(const std::vector<plan::Plan>& plans, const UploadProgress& progress = {},
                         base::Deadline deadline = base::Deadline::never(), const Machines& out = {});

  // Like add(), but no plan's stages are divided for another plan's sake, in this call or in any other: a request runs
  // fewer parts, each of which costs a little time, but targets may hold a layer several times.
  std::vector<Route> add_apart(const std::vector<plan::Plan>& plans, const UploadProgress& progress = {},
                               base::Deadline deadline = base::Deadline::never());

  // The route of one request: each target's next machine in its place (turns.h). Thread-safe.
  Route in_turn(const Route& route, const Machines& out = {}) { return turns_.next(route, out); }

  // Runs one request, by the next machines in turn where targets of the route have replicas. Thread-safe. Inputs: all
  // of the model's, in any order. Where a target lacks a part or a codec, since it was started anew, they are sent
  // again within the deadline, and the request runs once more: Unavailable where they are gone again. Fails with
  // Internal on an answer of another type than the model's output.
  base::Result<Answer> run(const Route& route, const std::vector<base::NamedTensor>& inputs,
                           base::Deadline deadline = base::Deadline::never());

  // Sends the parts and codecs of a route once more: what a machine still has stays where it is. With `machine`, to it
  // alone, whether the route names it or its target. Thread-safe.
  base::Status send_again(const Route& route, base::Deadline deadline, const std::string& machine = "");

  // The layers of these parts of one of its routes.
  std::vector<PartLayers> layers_of(const std::vector<std::string>& digests) const;

 private:
  std::string description_of(const plan::SentTensor& sent) const;
  CodecDescriptions codecs_of(const std::vector<plan::Plan>& plans) const;
  void upload_codecs(const std::vector<plan::Plan>& plans, const CodecDescriptions& codecs, base::Deadline deadline,
                     const Machines& out = {});
  std::vector<Route> upload(std::vector<LoweredPlan> plans, const UploadProgress& progress, base::Deadline deadline,
                            const Machines& out = {});
  base::Result<Answer> run_by(const Route& route, const std::vector<base::NamedTensor>& inputs,
                              base::Deadline deadline);
  base::Status send_parts_again(const std::string& target, const std::string& only,
                                const std::vector<std::string>& digests, base::Deadline deadline);
  base::Status send_codecs_again(const std::vector<std::string>& codecs, const std::vector<std::string>& targets,
                                 const std::string& only, base::Deadline deadline) const;
  base::Result<Answer> answer_of(const Route& route, const std::vector<base::NamedTensor>& inputs,
                                 rpc::RunReply reply) const;

  const model::Model& model_;
  const rpc::Targets& targets_;
  CodecDescriptions codecs_;
  rpc::OfferMaker offers_;
  std::vector<plan::Plan> added_;                    // by add()
  std::map<std::string, PartLayers> parts_;          // by digest, all that were sent
  std::map<std::string, std::string> descriptions_;  // of codecs, likewise
  Turns turns_{targets_};
  std::timed_mutex sending_;  // parts: one thread at a time
  std::atomic<std::uint64_t> next_id_{1};
};

}  // namespace tandem::deploy
