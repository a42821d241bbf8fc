// A model, a fleet and a cost store, and the steps from them to plans at work: costs → problem → plan → deployment.
// Used by subcommands, benchmarks and experiments. One thread at a time.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "engine/engine.h"
#include "fleet/fleet.h"
#include "model/model.h"
#include "plan/problem/problem.h"
#include "store/store.h"
#include "workspace/fleet_access.h"
#include "workspace/known_costs.h"
#include "workspace/model_options.h"

namespace tandem::workspace {

struct Options {
  ModelOptions model;
  FleetOptions fleet;  // without a path: no fleet
  std::string store;   // path of the cost store; empty: store::Store::default_path()
};

std::filesystem::path store_path(const std::string& path);  // the default path for an empty one

class Workspace {
 public:
  // Throws base::Error when a file cannot be read.
  explicit Workspace(const Options& options);
  // `slowdown`: emulated, of the target that runs in this process.
  Workspace(std::unique_ptr<engine::Engine> engine, model::Model model, fleet::Fleet fleet,
            const std::filesystem::path& store, double slowdown = 1);

  engine::Engine& engine() { return *engine_; }  // of this process
  const model::Model& model() const { return model_; }
  const fleet::Fleet& fleet() const { return fleet_; }
  store::Store& store() { return store_; }
  // Created on the first call. Throws base::Error as FleetAccess does.
  const FleetAccess& access();

  KnownCosts costs() const { return costs_from_store(model_, fleet_, store_); }
  plan::Problem problem(const KnownCosts& known) const { return make_problem(model_, fleet_, known); }
  plan::Problem problem() const { return problem(costs()); }
  deploy::CodecDescriptions codecs() const { return descriptions_of(store_.codec_rates_of(model_.digest())); }

 private:
  std::unique_ptr<engine::Engine> engine_;
  model::Model model_;
  fleet::Fleet fleet_;
  store::Store store_;
  double slowdown_ = 1;
  std::optional<FleetAccess> access_;
};

}  // namespace tandem::workspace
