// Plans put to work on a fleet: the parts of every plan are made resident and warm on their targets, then requests run.
// Weights that several plans' stages share are held once: a stage is kept as parts that end wherever the plans that run
// a layer on that target change, and wherever a request may stop. A stage runs its parts one after the other.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "model/model.h"
#include "plan/problem/plan.h"
#include "rpc/offer.h"
#include "rpc/targets.h"

namespace tandem::deploy {

// Of codecs, by the tensor that they encode and the codec's id (codec::id_of).
using CodecDescriptions = std::map<std::pair<std::string, std::string>, std::string>;

struct Answer {
  std::vector<base::NamedTensor> outputs;  // in the model's order; with an exit policy only that of the exit it took
  std::vector<rpc::HopReport> hops;
  double latency_ms = 0;  // from here and back here
};

// Told what goes out: bytes so far and in all.
using UploadProgress = std::function<void(std::size_t sent_bytes, std::size_t total_bytes)>;

// A plan that has been deployed, as requests carry it.
struct Route {
  std::vector<rpc::Hop> hops;        // the first is where requests come from
  std::vector<std::string> answers;  // outputs of the model, in its order
  bool stops_at_one = false;         // an exit policy: any one of them is the answer
};

class Deployment {
 public:
  // Only targets that plans use are touched. `model` and `targets` must outlive the deployment. `codecs` need not have
  // those that need no fitting (codec::listings).
  Deployment(const model::Model& model, const rpc::Targets& targets, CodecDescriptions codecs = {});

  // Makes the plans' parts and codecs resident and returns a route for each plan. Routes of earlier calls stay valid.
  // Throws base::Error, naming the target, when one cannot be reached or refuses; Error(NotFound) for a plan with a
  // codec that is not known, and Error(Unsupported) with one that does not take its tensor; Error(InvalidInput) when an
  // exit of a plan is no output of the model.
  std::vector<Route> add(const std::vector<plan::Plan>& plans, const UploadProgress& progress = {});

  // Runs one request. Thread-safe. Inputs: all of the model's, in any order.
  base::Result<Answer> run(const Route& route, const std::vector<base::NamedTensor>& inputs,
                           base::Deadline deadline = base::Deadline::never());

 private:
  using Ranges = std::vector<model::LayerRange>;
  struct LayerUse {
    std::set<std::size_t> plans;  // by number, that run the layer on the target
    bool ends_part = false;       // some request may stop after it
  };

  void check_supported(const plan::Plan& plan) const;
  std::string description_of(const plan::SentTensor& sent) const;
  void upload_codecs(const std::vector<plan::Plan>& plans);
  std::vector<std::string> codecs_of(const plan::Stage& stage, const std::vector<std::string>& forwards) const;
  void note_layers(const plan::Plan& plan);
  std::size_t layer_of_exit(const std::string& name) const;
  std::vector<Ranges> parts_of(const plan::Stage& stage) const;
  std::vector<std::string> answers_of(const plan::Stage& stage) const;
  std::vector<std::string> forwards_of(const plan::Plan& plan, std::size_t stage) const;
  std::vector<rpc::ExitCheck> exit_checks_of(const plan::Plan& plan, const std::vector<Ranges>& parts) const;
  Route route_of(const plan::Plan& plan) const;
  void upload(const std::string& target, const Ranges& ranges, std::size_t total_bytes, std::size_t& sent_bytes,
              const UploadProgress& progress);

  const model::Model& model_;
  const rpc::Targets& targets_;
  CodecDescriptions codecs_;
  rpc::OfferMaker offers_;
  std::vector<std::string> output_names_;              // of the model
  std::map<std::string, std::vector<LayerUse>> uses_;  // by target, by layer
  std::size_t plan_count_ = 0;
  std::map<Ranges, std::string> digests_;  // of parts
  std::atomic<std::uint64_t> next_id_{1};
};

}  // namespace tandem::deploy
