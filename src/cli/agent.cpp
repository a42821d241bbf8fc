#include <fmt/format.h>
#include <memory>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/stop_signals.h"
#include "workspace/hosted_agent.h"

namespace tandem::cli {
namespace {

void serve(const workspace::AgentOptions& options) {
  const StopSignals stop;  // before any thread starts
  workspace::HostedAgent agent(options);
  const auto& engine = agent.engine();
  print_text(fmt::format("agent '{}' listens at {}:{} ({}, {} {}{}{})\n", agent.name(),
                         options.listen.substr(0, options.listen.rfind(':')), agent.server().port(), engine.name(),
                         engine.threads(), engine.threads() == 1 ? "thread" : "threads",
                         options.slowdown > 1 ? fmt::format(", slowdown {:g}", options.slowdown) : "",
                         agent.is_secure() ? ", TLS" : ", no TLS"));
  stop.wait();
  agent.server().stop();
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
  command.add_option("--cache", options->cache,
                     "Folder that keeps weights between runs (default: $TANDEM_CACHE, else ~/.cache/tandem/weights)");
  command.add_flag("--in-memory", options->is_in_memory, "Keep weights in memory, not in a folder");
  command.callback([options] { serve(*options); });
}

}  // namespace tandem::cli
