#include <fmt/format.h>
#include <malloc.h>

#include <cstdlib>
#include <memory>
#include <utility>

#include "agent/supervisor.h"
#include "agent/worker_memory.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/standard_output.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/stop_signals.h"
#include "wire/listening_sockets.h"
#include "workspace/hosted_agent.h"

namespace tandem::cli {
namespace {

// A killed agent's worker may hold the port for a moment longer than the agent itself.
constexpr base::Milliseconds kLongestPortWait{1000};

wire::ListeningSockets open_sockets(const std::string& address, const rpc::Credentials& credentials) {
  const auto deadline = base::Deadline::after(kLongestPortWait);
  while (true) {
    try {
      return {address, credentials};
    } catch (const base::Error& error) {
      if (error.kind() != base::ErrorKind::Unavailable || deadline.has_passed()) throw;
    }
    base::steady_clock().sleep_until(base::Deadline::after(kLongestPortWait / 20).instant());
  }
}

void greet(const workspace::HostedAgent& agent, const workspace::AgentOptions& options, int port) {
  const auto& engine = agent.engine();
  print_text(fmt::format("agent '{}' listens at {}:{} ({}, {} {}{}{})\n", agent.name(),
                         options.listen.substr(0, options.listen.rfind(':')), port, engine.name(), engine.threads(),
                         engine.threads() == 1 ? "thread" : "threads",
                         options.slowdown > 1 ? fmt::format(", slowdown {:g}", options.slowdown) : "",
                         agent.is_secure() ? ", TLS" : ", no TLS"));
  base::require_printed();
}

// The worker.
int work(const workspace::AgentOptions& options, const agent::AgentSettings& settings, wire::ListeningSockets sockets,
         bool is_first) try {
  const StopSignals stop(agent::kTrimSignal);  // before any thread starts
  agent::limit_addresses(settings.limits.memory->bytes());
  const int port = sockets.port();
  workspace::HostedAgent agent(options, settings, std::move(sockets));
  if (is_first) greet(agent, options, port);
  settings.journal->set_ready();
  stop.wait(agent::kTrimSignal, [] { ::malloc_trim(0); });
  agent.stop();
  return 0;
} catch (const std::exception& error) {
  return base::report_failure("tandem", error);
}

void serve(const workspace::AgentOptions& options) {
  agent::AgentSettings settings = workspace::agent_settings(options);
  settings.journal = std::make_shared<agent::Journal>();
  settings.give_up = agent::give_up_worker;
  wire::ListeningSockets sockets = open_sockets(options.listen, settings.credentials);
  const int code = agent::supervise(
      *settings.journal,
      {.name = settings.name,
       .work = [&](int restarts) { return work(options, settings, std::move(sockets), restarts == 0); },
       .memory_bytes = settings.limits.memory->bytes(),
       .close = [&] { sockets.close(); }});
  if (code != 0) std::exit(code);  // the worker has said why
}

}  // namespace

void add_agent(Command application) {
  const auto options = std::make_shared<workspace::AgentOptions>();
  Command command =
      application.add_subcommand("agent", "Serve as a target: hold stages, run them, forward to the next target");
  command.add_option("--listen", options->listen, "Address to listen at, HOST:PORT; port 0 picks a free one")
      .required();
  command.add_option("--name", options->name, "Name in the fleet (default: by the address, from --fleet)");
  command.add_option("--fleet", options->fleet, "Fleet file: the only peers that this agent forwards to");
  command.add_option("--certs", options->certificates,
                     "Folder made by `tandem certs` (default: the one that the fleet file names)");
  command.add_option("--revoked", options->revoked,
                     "List of revoked serial numbers (default: revoked.txt of that folder, where there is one)");
  command.add_flag("--insecure", options->is_insecure, "Allow an address beyond loopback without TLS");
  command
      .add_option("--threads", options->threads,
                  "Threads of a stage's run (default: one per processor that it may use)")
      .range(0, 1024);
  add_custom_operators_flag(command, options->custom_operators);
  command.add_option("--cpus", options->cpus, "CPUs to stay on, such as 0-3,6 (default: any)");
  command
      .add_option("--slowdown", options->slowdown,
                  "Emulate a slower machine: every stage takes this many times as long")
      .range(1.0, 1e6);
  command.add_option(
      "--cache", options->cache,
      "Folder that keeps parts and weights between runs (default: $TANDEM_CACHE, else ~/.cache/tandem/weights)");
  command.add_flag("--in-memory", options->is_in_memory,
                   "Keep parts and weights in memory only: they are sent again after a restart");
  command
      .add_option_function<std::string>(
          "--memory",
          [options](const std::string& text) { options->memory_bytes = base::parse_bytes(text, "--memory"); },
          "Most memory that the agent takes, such as 2GB: what peers send, load and run is refused beyond it (default: "
          "80% of the machine's, or of its control group's)")
      .type_name("SIZE");
  command.set_footer(
      "\nA supervisor starts the worker process again when it dies; a part that was at work in two deaths is refused.\n"
      "SIGTERM and SIGINT: new requests are refused, those under way end at their deadlines or in a second.\n");
  command.callback([options] { serve(*options); });
}

}  // namespace tandem::cli
