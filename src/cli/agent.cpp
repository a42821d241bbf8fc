#include "agent/agent.h"

#include <fmt/format.h>
#include <CLI/App.hpp>

#include <memory>

#include "agent/machine.h"
#include "base/error.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/stop_signals.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/slowed/slowed.h"
#include "fleet/fleet.h"
#include "rpc/server.h"

namespace tandem::cli {
namespace {

struct Flags {
  std::string listen;
  std::string name;
  std::string fleet_path;
  std::string certificates;
  std::string cache;
  bool insecure = false;
  bool in_memory = false;
  double slowdown = 1;
  int threads = 0;
  std::string cpus;
};

// The target of the fleet that listens at this address; what an agent is called when it is not told.
std::string name_by_address(const fleet::Fleet& fleet, const std::string& address) {
  for (const auto& target : fleet.targets) {
    if (target.address == address) return target.name;
  }
  throw base::Error(
      base::ErrorKind::InvalidInput,
      fmt::format("no target of the fleet file has address {}: say which one this is with --name", address));
}

agent::AgentSettings settings_of(const Flags& flags) {
  agent::AgentSettings settings;
  settings.name = flags.name;
  if (!flags.fleet_path.empty()) settings.fleet = fleet::read_fleet(flags.fleet_path);
  if (settings.name.empty() && settings.fleet) settings.name = name_by_address(*settings.fleet, flags.listen);
  if (settings.name.empty())
    throw base::Error(base::ErrorKind::InvalidInput,
                      "give the agent its name in the fleet: --name NAME, or --fleet FILE that lists its address");
  std::filesystem::path certificates = flags.certificates;
  if (certificates.empty() && settings.fleet) certificates = settings.fleet->certificates;
  if (!certificates.empty()) settings.credentials = rpc::read_credentials(certificates, settings.name);
  settings.credentials.allow_insecure = flags.insecure;
  if (!flags.in_memory)
    settings.weight_cache =
        flags.cache.empty() ? agent::WeightStore::default_folder() : std::filesystem::path(flags.cache);
  return settings;
}

void serve(const Flags& flags) {
  const StopSignals stop;  // before any thread starts
  if (!flags.cpus.empty()) agent::pin_process(flags.cpus);
  const agent::AgentSettings settings = settings_of(flags);
  const auto engine = engine::onnx_runtime({flags.threads});
  const auto slowed = engine::slowed(*engine, flags.slowdown);
  agent::Agent agent(settings, *slowed);
  rpc::Server server(flags.listen, agent, settings.credentials, settings.limits);
  const auto colon = flags.listen.rfind(':');
  print_text(fmt::format("agent '{}' listens at {}:{} ({}, {} {}{}{})\n", settings.name, flags.listen.substr(0, colon),
                         server.port(), engine->name(), engine->threads(),
                         engine->threads() == 1 ? "thread" : "threads",
                         flags.slowdown > 1 ? fmt::format(", slowdown {:g}", flags.slowdown) : "",
                         settings.credentials.is_secure() ? ", TLS" : ", no TLS"));
  stop.wait();
  server.stop();
}

}  // namespace

void add_agent(CLI::App& application) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command =
      application.add_subcommand("agent", "Serve as a target: hold stages, run them, forward to the next target");
  command->add_option("--listen", flags->listen, "Address to listen at, HOST:PORT; port 0 picks a free one")
      ->required();
  command->add_option("--name", flags->name, "Name in the fleet (default: by the address, from --fleet)");
  command->add_option("--fleet", flags->fleet_path, "Fleet file: the only peers that this agent forwards to");
  command->add_option("--certs", flags->certificates,
                      "Folder made by `tandem certs` (default: what the fleet file says)");
  command->add_flag("--insecure", flags->insecure, "Allow an address beyond loopback without TLS");
  command->add_option("--threads", flags->threads, "Threads that a stage runs on (default: one per core)")
      ->check(CLI::Range(0, 1024));
  command->add_option("--cpus", flags->cpus, "Keep to these CPUs, such as 0-3,6 (default: any)");
  command->add_option("--slowdown", flags->slowdown, "Emulate a slower machine: stretch every stage by this")
      ->check(CLI::Range(1.0, 1e6));
  command->add_option("--cache", flags->cache,
                      "Folder that keeps weights between runs (default: $TANDEM_CACHE, else ~/.cache/tandem/weights)");
  command->add_flag("--in-memory", flags->in_memory, "Keep weights in memory instead of in a folder");
  command->callback([flags] { serve(*flags); });
}

}  // namespace tandem::cli
