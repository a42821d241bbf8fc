#include "workspace/known_costs.h"

#include <algorithm>
#include <future>
#include <utility>

#include "base/log.h"
#include "data/dataset.h"
#include "plan/make/exit_policies.h"
#include "plan/make/from_costs.h"
#include "plan/problem/problem_check.h"
#include "profile/measure.h"
#include "store/lookup.h"

namespace tandem::workspace {
namespace {

using base::LogLevel;

const cost::ModelCosts* find(const std::vector<cost::ModelCosts>& models, const std::string& target) {
  const auto found =
      std::ranges::find_if(models, [&](const cost::ModelCosts& costs) { return costs.identity.target == target; });
  return found == models.end() ? nullptr : &*found;
}

std::optional<exits::ExitStatistics> newest_calibration(const store::Store& store, const model::Model& model) {
  std::optional<exits::ExitStatistics> newest;
  for (auto& statistics : store.exit_statistics_of(model.digest())) {
    if (statistics.part != data::name_of(data::Role::Calibration)) continue;
    if (newest && statistics.measured_at_s <= newest->measured_at_s) continue;
    if (auto ordered = exits::in_order(std::move(statistics), model::exits_of(model))) newest = std::move(ordered);
  }
  return newest;
}

void warn_if_stale(const cost::Identity& profiled, const rpc::TargetDescription& target) {
  const std::string machine = profile::fingerprint(target);
  const std::string engine = profile::engine_text(target);
  if (machine == profiled.machine && engine == profiled.engine) return;
  base::log(LogLevel::Warning,
            "'{}': the profile is stale: it was measured on {}; {}, this is {}; {}: run `tandem profile`",
            profiled.target, profiled.machine, profiled.engine, machine, engine);
}

}  // namespace

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
  known.exits = newest_calibration(store, model);
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

void warn_of_stale(const KnownCosts& known, const rpc::Targets& targets, base::Milliseconds timeout) {
  const auto deadline = base::Deadline::after(timeout);
  std::vector<std::future<base::Result<rpc::TargetDescription>>> descriptions;
  for (const auto& costs : known.models) {
    rpc::Access& target = targets.at(costs.identity.target);
    descriptions.push_back(std::async(std::launch::async, [&target, deadline] { return target.describe(deadline); }));
  }
  for (std::size_t i = 0; i < descriptions.size(); ++i) {
    // The command that needs the target reports its failure.
    if (const auto description = descriptions[i].get()) warn_if_stale(known.models[i].identity, description.value());
  }
}

plan::Problem make_problem(const model::Model& model, const fleet::Fleet& fleet, const KnownCosts& known) {
  const auto exits = known.exits ? model::exits_of(model) : std::vector<std::string>{};
  plan::Problem problem = plan::make_problem(model.graph(), fleet, known.models, known.links, exits, known.codecs);
  if (known.exits) {
    const auto& first = *find(known.models, fleet.targets.front().name);  // required by plan::make_problem
    plan::add_policies(problem, plan::exit_costs(model.graph(), exits, first.layer_ms), *known.exits,
                       exits::Confidence::MaximumSoftmax);
    problem.objective.kind = plan::ObjectiveKind::Accuracy;
  }
  plan::check(problem, model.name());
  return problem;
}

deploy::CodecDescriptions descriptions_of(const std::vector<cost::CodecRate>& rates) {
  deploy::CodecDescriptions descriptions;
  for (const auto& rate : rates) descriptions[{rate.tensor, rate.codec}] = rate.description;
  return descriptions;
}

}  // namespace tandem::workspace
