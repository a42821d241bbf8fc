#include "workspace/fleet_access.h"

#include <CLI/App.hpp>

#include <algorithm>

#include "base/log.h"
#include "data/dataset.h"
#include "engine/slowed/slowed.h"
#include "plan/make/from_costs.h"
#include "profile/measure.h"
#include "rpc/peer.h"
#include "store/lookup.h"
#include "tune/exits.h"

namespace tandem::cli {
namespace {

using base::LogLevel;

constexpr base::Milliseconds kDescribeTimeout{10'000};

const cost::ModelCosts* find(const std::vector<cost::ModelCosts>& models, const std::string& target) {
  const auto found =
      std::ranges::find_if(models, [&](const cost::ModelCosts& costs) { return costs.identity.target == target; });
  return found == models.end() ? nullptr : &*found;
}

std::optional<exits::ExitStatistics> newest_calibration(const store::Store& store, const std::string& digest) {
  std::optional<exits::ExitStatistics> newest;
  for (auto& statistics : store.exit_statistics_of(digest)) {
    if (statistics.part != data::name_of(data::Role::Calibration)) continue;
    if (!newest || statistics.measured_at_s > newest->measured_at_s) newest = std::move(statistics);
  }
  return newest;
}

}  // namespace

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

store::Store FleetFlags::open_store() const {
  return store::Store(store_path.empty() ? store::Store::default_path() : std::filesystem::path(store_path));
}

FleetAccess::FleetAccess(const FleetFlags& flags, engine::Engine& engine)
    : fleet_(fleet::read_fleet(flags.fleet_path)), slowed_(engine::slowed(engine, flags.slowdown)) {
  const fleet::Target& first = fleet_.targets.front();
  if (!flags.certificates.empty()) fleet_.certificates = flags.certificates;
  rpc::Credentials credentials;
  if (!fleet_.certificates.empty()) credentials = rpc::read_credentials(fleet_.certificates, first.name);
  for (const auto& target : fleet_.targets) {
    if (target.address == fleet::kHere) {
      agent::AgentSettings settings;
      settings.name = target.name;
      settings.fleet = fleet_;
      settings.credentials = credentials;
      here_ = std::make_unique<agent::Agent>(std::move(settings), *slowed_);
      targets_.push_back(rpc::access_here(*here_));
    } else {
      targets_.push_back(rpc::access_to(std::make_unique<rpc::Peer>(target.name, target.address, credentials)));
    }
  }
}

KnownCosts costs_from_store(const model::Model& model, const fleet::Fleet& fleet, const store::Store& store) {
  KnownCosts known;
  const std::string& digest = model.digest();
  for (const auto& target : fleet.targets) {
    if (auto costs = store::look_up(store, model.graph(), digest, target.name))
      known.models.push_back(std::move(*costs));
  }
  for (const auto& link : fleet.links) {
    if (auto costs = store.link_costs(fleet.targets[link.from].name, fleet.targets[link.to].name))
      known.links.push_back(std::move(*costs));
  }
  known.exits = newest_calibration(store, digest);
  known.codecs = {store.codec_rates_of(digest), store.codec_times_of(digest)};
  return known;
}

void warn_of_guesses(const KnownCosts& known, const fleet::Fleet& fleet) {
  for (const auto& target : fleet.targets) {
    const auto costs = find(known.models, target.name);
    if (costs == nullptr) {
      base::log(LogLevel::Warning, "'{}' is left out: no model was ever profiled there", target.name);
    } else if (costs->is_predicted) {
      base::log(LogLevel::Warning,
                "'{}': times are predicted from other models ({:.3g} to {:.3g} ms for the whole), not measured: "
                "`tandem profile` measures them",
                target.name, costs->whole_low_ms, costs->whole_high_ms);
    }
  }
}

void warn_of_stale(const KnownCosts& known, const FleetAccess& access) {
  for (std::size_t i = 0; i < access.fleet().targets.size(); ++i) {
    const std::string& name = access.fleet().targets[i].name;
    const auto costs = find(known.models, name);
    if (costs == nullptr) continue;
    const auto description = access.targets()[i]->describe(base::Deadline::after(kDescribeTimeout));
    if (!description) continue;  // whoever needs the target will say so
    const std::string machine = profile::fingerprint(description.value());
    const std::string engine = profile::engine_text(description.value());
    if (machine == costs->identity.machine && engine == costs->identity.engine) continue;
    base::log(LogLevel::Warning,
              "'{}': the profile is stale: it was measured on {}; {}, this is {}; {}: run `tandem profile`", name,
              costs->identity.machine, costs->identity.engine, machine, engine);
  }
}

plan::Problem make_problem(const model::Model& model, const fleet::Fleet& fleet, const KnownCosts& known) {
  const auto exits = known.exits ? model::exits_of(model) : std::vector<std::string>{};
  plan::Problem problem = plan::make_problem(model.graph(), fleet, known.models, known.links, exits, known.codecs);
  if (known.exits) {
    const auto& first = *find(known.models, fleet.targets.front().name);  // make_problem insists on it
    plan::add_policies(problem, plan::exit_costs(model.graph(), exits, first.layer_ms), *known.exits,
                       exits::Confidence::MaximumSoftmax);
    problem.objective.kind = plan::ObjectiveKind::Accuracy;
  }
  plan::check(problem, model.name());
  return problem;
}

deploy::CodecDescriptions descriptions_of(const plan::Codecs& codecs) {
  deploy::CodecDescriptions descriptions;
  for (const auto& rate : codecs.rates) descriptions[{rate.tensor, rate.codec}] = rate.description;
  return descriptions;
}

deploy::CodecDescriptions codec_descriptions(const model::Model& model, const store::Store& store) {
  return descriptions_of({store.codec_rates_of(model.digest()), {}});
}

}  // namespace tandem::cli
