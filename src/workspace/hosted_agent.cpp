#include "workspace/hosted_agent.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "agent/machine.h"
#include "agent/weight_store.h"
#include "agent/worker_memory.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/error.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/slowed/slowed.h"
#include "fleet/fleet.h"
#include "fleet/replicas.h"
#include "rpc/credentials.h"

namespace tandem::workspace {
namespace {

std::string name_by_address(const fleet::Fleet& fleet, const std::string& address) {
  for (const auto& target : fleet::with_replicas_apart(fleet).targets) {
    if (target.address == address) return target.name;
  }
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("no target of the fleet file has address {}: give its name with --name", address));
}

// Of replicas, each has a name of its own.
void refuse_name_of_several(const std::string& name, const fleet::Fleet& fleet) {
  const auto target = std::ranges::find(fleet.targets, name, &fleet::Target::name);
  if (target == fleet.targets.end() || target->addresses.empty()) return;
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("--name {}: it has {} replicas, expected the name of one: {}", name,
                                target->addresses.size(), fmt::join(fleet::machines_of(*target), ", ")));
}

std::string name_of(const AgentOptions& options, const std::optional<fleet::Fleet>& fleet) {
  if (fleet) refuse_name_of_several(options.name, *fleet);
  if (!options.name.empty()) return options.name;
  if (fleet) return name_by_address(*fleet, options.listen);
  throw base::Error(base::ErrorKind::InvalidInput,
                    "give the agent its name in the fleet: --name NAME, or --fleet FILE that lists its address");
}

std::filesystem::path certificates_of(const AgentOptions& options, const std::optional<fleet::Fleet>& fleet) {
  if (!options.certificates.empty() || !fleet) return options.certificates;
  return fleet->certificates;
}

// As many descriptors as the system allows: every connection takes some.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::unique_ptr<engine::Engine> pinned_engine(const AgentOptions& options, const base::SharedBudget& memory) {
  raise_descriptor_limit();
  if (!options.cpus.empty()) agent::pin_process(options.cpus);  // before the engine starts its threads
  return engine::onnx_runtime({options.threads, options.custom_operators, memory});
}

base::SharedBudget memory_budget(const AgentOptions& options) {
  const std::size_t bytes = options.memory_bytes == 0 ? agent::default_memory() : options.memory_bytes;
  if (bytes >= agent::kLeastMemory) return std::make_shared<base::MemoryBudget>(bytes);
  throw base::Error(base::ErrorKind::InvalidInput, fmt::format("--memory {}: expected at least 128MiB", bytes));
}

}  // namespace

agent::AgentSettings agent_settings(const AgentOptions& options) {
  base::parse_address(options.listen);
  agent::AgentSettings settings;
  if (!options.fleet.empty()) settings.fleet = fleet::read_fleet(options.fleet);
  settings.name = name_of(options, settings.fleet);
  const auto certificates = certificates_of(options, settings.fleet);
  if (!certificates.empty())
    settings.credentials = rpc::read_credentials({certificates, settings.name, options.revoked}, {rpc::Role::Agent});
  settings.credentials.allow_insecure = options.is_insecure;
  settings.limits.memory = memory_budget(options);
  if (settings.fleet && settings.fleet->congestion_control)
    settings.limits.congestion_control = *settings.fleet->congestion_control;
  static_cast<wire::Limits&>(settings.limits) = wire::within_budget(settings.limits);
  if (!options.is_in_memory)
    settings.weight_cache =
        options.cache.empty() ? agent::WeightStore::default_folder() : std::filesystem::path(options.cache);
  return settings;
}

HostedAgent::HostedAgent(const AgentOptions& options, agent::AgentSettings settings)
    : HostedAgent(options, settings, wire::ListeningSockets(options.listen, settings.credentials)) {}

HostedAgent::HostedAgent(const AgentOptions& options, agent::AgentSettings settings, wire::ListeningSockets sockets)
    : program_(settings.limits.memory, settings.limits.memory == nullptr ? 0 : agent::kProgramBytes, "the program"),
      name_(settings.name),
      is_secure_(settings.credentials.is_secure()),
      engine_(pinned_engine(options, settings.limits.memory)),
      slowed_(engine::slowed(*engine_, options.slowdown)),
      agent_(settings, *slowed_),
      server_(std::move(sockets), agent_, settings.credentials, settings.limits) {}

void HostedAgent::stop() {
  constexpr base::Milliseconds kToAnswer{500};  // for requests that end at the last moment
  server_.stop(base::Deadline::after(agent_.stop().remaining() + kToAnswer));
}

}  // namespace tandem::workspace
