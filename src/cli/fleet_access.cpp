#include "cli/fleet_access.h"

#include <CLI/CLI.hpp>

#include "plan/from_costs.h"
#include "rpc/peer.h"

namespace tandem::cli {

void FleetFlags::add_store_to(CLI::App& command) {
  command.add_option("--store", store_path, "Cost store (default: $TANDEM_STORE, else ~/.local/share/tandem/costs.db)");
}

void FleetFlags::add_to(CLI::App& command, bool is_required) {
  command.add_option("--fleet", fleet_path, "Fleet file: targets, their tiers and addresses, links (docs/formats.md)")
      ->required(is_required);
  command.add_option("--certs", certificates, "Folder made by `tandem certs` (default: what the fleet file says)");
  command
      .add_option("--slowdown", slowdown, "Emulate a slower machine for what runs here: stretch every stage by this")
      ->check(CLI::Range(1.0, 1e6));
  add_store_to(command);
}

cost::Store FleetFlags::open_store() const {
  return cost::Store(store_path.empty() ? cost::Store::default_path() : std::filesystem::path(store_path));
}

FleetAccess::FleetAccess(const FleetFlags& flags, engine::Engine& engine) : fleet_(cost::read_fleet(flags.fleet_path)) {
  const cost::Target& first = fleet_.targets.front();
  if (!flags.certificates.empty()) fleet_.certificates = flags.certificates;
  rpc::Credentials credentials;
  if (!fleet_.certificates.empty()) credentials = rpc::read_credentials(fleet_.certificates, first.name);
  for (const auto& target : fleet_.targets) {
    if (target.address == cost::kHere) {
      runtime::AgentSettings settings;
      settings.name = target.name;
      settings.slowdown = flags.slowdown;
      settings.fleet = fleet_;
      settings.credentials = credentials;
      here_ = std::make_unique<runtime::Agent>(std::move(settings), engine);
      targets_.push_back(rpc::access_here(*here_));
    } else {
      targets_.push_back(rpc::access_to(std::make_unique<rpc::Peer>(target.name, target.address, credentials)));
    }
  }
}

plan::Problem problem_from_store(const model::Model& model, const std::string& digest, const cost::Fleet& fleet,
                                 const cost::Store& store) {
  std::vector<cost::ModelCosts> models;
  for (const auto& target : fleet.targets) {
    if (auto costs = store.model_costs(digest, target.name)) models.push_back(std::move(*costs));
  }
  std::vector<cost::LinkCosts> links;
  for (const auto& link : fleet.links) {
    if (auto costs = store.link_costs(fleet.targets[link.from].name, fleet.targets[link.to].name))
      links.push_back(std::move(*costs));
  }
  plan::Problem problem = plan::make_problem(model.graph(), fleet, models, links);
  plan::check(problem, model.name());
  return problem;
}

}  // namespace tandem::cli
