#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/link_commands.h"
#include "cli/output.h"
#include "link/command.h"
#include "link/emulator.h"
#include "link/preset.h"

namespace tandem::cli {
namespace {

struct Flags : LinkFlags {
  link::LinkEmulatorOptions options;
  int enter = 0;
  std::vector<std::string> command;
};

constexpr const char* kFooter = R"(
While it runs, it takes commands on standard input, one a line, and answers each with a JSON report:
  bandwidth MBPS | bandwidth UP DOWN | delay MS | jitter MS [CORRELATION] | preset NAME
  stall | resume | cut | restore | trace FILE [hold] | trace off | report
A trace has lines of "milliseconds kbit/s". The end of standard input changes nothing; SIGINT or SIGTERM ends it.

With --packets it makes two network namespaces, near and far, joined by packets of 1,500 bytes, and prints them as JSON;
--network FILE has more of them. Commands take the link's name first, such as near-far, where there are several, and:
  loss PERCENT [BURST [WITHIN]] | reorder PERCENT [MS] | duplicate PERCENT | queue 64KB|50ms|0 [codel]
It needs root, or a kernel that lets everyone make user namespaces.)";

void emulate_bytes(Flags& flags) {
  if (flags.options.target.empty()) refuse_missing_option("--to");
  const StopSignals stop;  // before any thread starts
  flags.options.conditions = starting_conditions(flags, link::Carrier::Bytes);
  link::LinkEmulator emulator(flags.options);
  if (!flags.trace.empty()) (void)link::obey(emulator, "trace " + flags.trace).take();
  for (const std::string& command : flags.commands) (void)link::obey(emulator, command).take();
  const auto colon = flags.options.listen.rfind(':');
  print_text(
      fmt::format("link {}:{} → {}\n", flags.options.listen.substr(0, colon), emulator.port(), flags.options.target));
  answer_commands(stop, [&](const std::string& line) { return link::obey(emulator, line); });
}

void emulate(Flags& flags) {
  if (flags.enter > 0) run_within(flags.enter, flags.command);
  if (!flags.command.empty()) refuse_missing_option("--enter");
  const bool is_of_packets = flags.packets || !flags.network.empty();
  if (is_of_packets && !flags.options.target.empty()) refuse_option("--to", "expected without --packets and --network");
  if (!is_of_packets && !flags.runs.empty()) refuse_option("--run", "expected with --packets or --network");
  is_of_packets ? emulate_packets(flags) : emulate_bytes(flags);
}

void add_condition_flags(Command command, Flags& flags) {
  const auto add_command = [&](const char* flag, const char* verb, const std::string& help) {
    return command.add_option_function<std::string>(
        flag, [&flags, verb](const std::string& text) { flags.conditions.push_back(fmt::format("{} {}", verb, text)); },
        help);
  };
  const auto add_time = [&](const char* flag, const char* verb, const char* help) {
    add_time_flag(
        command, flag, [&flags, verb](double ms) { flags.conditions.push_back(fmt::format("{} {}", verb, ms)); }, help,
        base::Zero::Allowed);
  };
  command.add_option_function<std::string>(
      "--preset",
      [&flags](const std::string& name) { flags.conditions.insert(flags.conditions.begin(), "preset " + name); },
      "A typical link, which other flags change: " + link::preset_names());
  add_command("--bandwidth", "bandwidth", "Mbit/s each way, or \"UP DOWN\" (default: unlimited)");
  add_time("--delay", "delay", "One-way delay, such as 20ms: a round trip takes twice this");
  add_time("--jitter", "jitter", "Each chunk or packet takes up to this time longer, such as 2ms");
  command.add_option("--trace", flags.trace, "Replay the bandwidth of a trace file, in a loop");
  command.add_option("--set", flags.commands, "A command of those below, obeyed before the start; may be repeated")
      .repeatable();
}

}  // namespace

void add_link(Command application) {
  const auto flags = std::make_shared<Flags>();
  Command command = application.add_subcommand(
      "link",
      "Emulate a network link: bandwidth, delay, jitter, stalls, outages, traces; with --packets, loss and queues");
  command.set_footer(kFooter);
  command.add_option("--listen", flags->options.listen, "Address to listen at; port 0 picks a free one").show_default();
  command.add_option("--to", flags->options.target, "Address to forward to: HOST:PORT");
  add_condition_flags(command, *flags);
  command.add_flag("--insecure", flags->options.allow_remote, "Allow an address beyond loopback");
  command.add_flag("--packets", flags->packets, "Join two network namespaces by packets, instead of forwarding bytes");
  command.add_option("--network", flags->network, "The same with the namespaces and links of a YAML or JSON file")
      .existing_file();
  command
      .add_option("--run", flags->runs,
                  "\"NAMESPACE COMMAND\": run a shell command there; the link ends with the last of them")
      .repeatable();
  command.add_option("--enter", flags->enter, "Run COMMAND in the namespace that this process holds, then end")
      .type_name("PROCESS");
  command.add_option("COMMAND", flags->command, "Of --enter, after --").take_all();
  command.callback([flags] { emulate(*flags); });
}

}  // namespace tandem::cli
