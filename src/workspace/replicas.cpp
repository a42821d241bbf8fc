#include "workspace/replicas.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/error.h"
#include "base/log.h"

namespace tandem::workspace {
namespace {

constexpr base::Milliseconds kGlance{1'000};

void check_replicas(const plan::Stage& stage, const fleet::Target& target) {
  if (stage.replicas > 1 && target.addresses.empty())
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("the plan has a stage on {0} replicas of '{1}', of which the fleet file has one "
                                  "address: expected 'addresses: [HOST:PORT, …]' with {0} in place of 'address'",
                                  stage.replicas, stage.target));
  const std::size_t machines = std::max<std::size_t>(1, target.addresses.size());
  if (stage.replicas == machines) return;
  base::log(base::LogLevel::Warning,
            "the plan counts on {} of '{}', the fleet file has {}: requests take turns among these",
            stage.replicas == 1 ? "one machine" : fmt::format("{} replicas", stage.replicas), stage.target, machines);
}

void warn_if_unlike(const std::string& replica, const profile::Subject& measured, const rpc::Targets& targets) {
  const auto description = targets.at(replica).describe(base::Deadline::after(kGlance));
  if (!description)
    return base::log(base::LogLevel::Warning, "'{}' does not answer: '{}' is measured for it", replica,
                     targets.machine_for(measured.identity.target));
  const std::string machine = profile::fingerprint(description.value());
  const std::string engine = profile::engine_text(description.value());
  if (machine == measured.identity.machine && engine == measured.identity.engine) return;
  base::log(base::LogLevel::Warning, "'{}' is {}; {}, but '{}', which is measured for it, is {}; {}", replica, machine,
            engine, targets.machine_for(measured.identity.target), measured.identity.machine, measured.identity.engine);
}

}  // namespace

void check_replicas(const plan::Plan& plan, const fleet::Fleet& fleet) {
  for (const auto& stage : plan.stages) {
    const auto target = std::ranges::find(fleet.targets, stage.target, &fleet::Target::name);
    if (target != fleet.targets.end()) check_replicas(stage, *target);
  }
}

std::vector<ReplicaShare> replicas_of(const plan::Plan& plan, const rpc::Targets& targets) {
  std::set<std::string> names;
  for (const auto& stage : plan.stages) {
    names.insert(stage.target);
    for (const auto& share : plan::shares_of(stage)) names.insert(share.target);
  }
  std::vector<ReplicaShare> replicas;
  for (const auto& name : names) {
    const auto& machines = targets.machines_of(name);
    for (const auto& machine : machines) {
      if (machines.size() > 1) replicas.push_back({name, machine, 0});
    }
  }
  return replicas;
}

void warn_of_unlike_replicas(const std::vector<profile::Subject>& subjects, const rpc::Targets& targets) {
  for (const auto& subject : subjects) {
    const std::string& target = subject.identity.target;
    for (const auto& machine : targets.machines_of(target)) {
      if (machine != targets.machine_for(target)) warn_if_unlike(machine, subject, targets);
    }
  }
}

}  // namespace tandem::workspace
