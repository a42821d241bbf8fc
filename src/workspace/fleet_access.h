// A fleet as a command uses it: its file, the credentials, the target that runs in this process if there is one, and
// access to all of them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "cost/costs.h"
#include "deploy/deployment.h"
#include "engine/engine.h"
#include "exits/statistics.h"
#include "fleet/fleet.h"
#include "model/model.h"
#include "plan/make/encodings.h"
#include "plan/problem/accuracy.h"
#include "plan/problem/problem.h"
#include "rpc/access.h"
#include "store/store.h"

namespace CLI {
class App;
}

namespace tandem::cli {

// --fleet, --store, --certs, --slowdown.
struct FleetFlags {
  std::string fleet_path;
  std::string store_path;
  std::string certificates;
  double slowdown = 1;

  void add_to(CLI::App& command, bool is_required = true);
  void add_store_to(CLI::App& command);  // only --store
  store::Store open_store() const;
};

class FleetAccess {
 public:
  // `engine` runs what runs here; it must outlive this. Throws base::Error.
  FleetAccess(const FleetFlags& flags, engine::Engine& engine);

  const fleet::Fleet& fleet() const { return fleet_; }
  const std::vector<std::unique_ptr<rpc::Access>>& targets() const { return targets_; }

 private:
  fleet::Fleet fleet_;
  std::unique_ptr<engine::Engine> slowed_;  // runs what runs here
  std::unique_ptr<agent::Agent> here_;
  std::vector<std::unique_ptr<rpc::Access>> targets_;
};

// What the store knows of a model on each target of a fleet, and of its links. Targets and links of which it knows
// nothing are left out.
struct KnownCosts {
  std::vector<cost::ModelCosts> models;
  std::vector<cost::LinkCosts> links;
  std::optional<exits::ExitStatistics> exits;  // the newest of the calibration part of any data set
  plan::Codecs codecs;                         // on whatever data set and target
};
KnownCosts costs_from_store(const model::Model& model, const fleet::Fleet& fleet, const store::Store& store);

// Says on stderr which costs are predicted, and for whom there are none.
void warn_of_guesses(const KnownCosts& known, const fleet::Fleet& fleet);
// Says on stderr which costs were measured on another machine, or with another engine, than the fleet has now.
void warn_of_stale(const KnownCosts& known, const FleetAccess& access);

// The planning problem of a model over a fleet, from what the store knows. Throws Error(NotFound) that says what to
// profile when nothing is known. With exit statistics a request may stop early, and the objective is accuracy. What
// crosses may be sent by any codec that was measured: see plan::spare_accuracy.
plan::Problem make_problem(const model::Model& model, const fleet::Fleet& fleet, const KnownCosts& known);

// What both ends need to know of the codecs that plans of the model may name.
deploy::CodecDescriptions descriptions_of(const plan::Codecs& codecs);
deploy::CodecDescriptions codec_descriptions(const model::Model& model, const store::Store& store);

}  // namespace tandem::cli
