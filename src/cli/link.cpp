#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "cli/stop_signals.h"
#include "link/command.h"
#include "link/emulator.h"

namespace tandem::cli {
namespace {

struct Flags {
  link::LinkEmulatorOptions options;
  std::string bandwidth;
  std::string trace;
};

constexpr const char* kFooter = R"(
While it runs, it takes commands on standard input, one a line, and answers each with a JSON report:
  bandwidth MBPS | bandwidth UP DOWN | delay MS | jitter MS | stall | resume | cut | restore
  trace FILE [hold] | trace off | report
A trace has lines of "milliseconds kbit/s". The end of standard input changes nothing; SIGINT or SIGTERM ends it.)";

void answer(link::LinkEmulator& emulator, const std::string& line) {
  const auto report = link::obey(emulator, line);
  const base::Json json = report ? link::to_json(report.value()) : base::Json{{"error", report.error().message()}};
  print_text(json.dump() + "\n");
}

void answer_whole_lines(link::LinkEmulator& emulator, std::string& received) {
  for (std::size_t end = 0; (end = received.find('\n')) != std::string::npos; received.erase(0, end + 1))
    answer(emulator, received.substr(0, end));
}

// Until a stop signal comes; the end of standard input changes nothing.
void answer_commands(link::LinkEmulator& emulator, const StopSignals& stop) {
  pollfd sources[] = {{stop.descriptor(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  std::string received;
  for (;;) {
    if (::poll(sources, std::size(sources), -1) < 0) continue;
    if (sources[0].revents != 0) return;
    char buffer[4096];
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count > 0) {
      received.append(buffer, static_cast<std::size_t>(count));
    } else {
      sources[1].fd = -1;  // poll ignores it
      if (!received.empty()) received += '\n';
    }
    answer_whole_lines(emulator, received);
  }
}

void emulate(Flags& flags) {
  const StopSignals stop;  // before any thread starts
  if (!flags.bandwidth.empty()) {
    flags.options.conditions =
        link::parse_command(flags.options.conditions, "bandwidth " + flags.bandwidth).take().conditions;
  }
  link::LinkEmulator emulator(flags.options);
  if (!flags.trace.empty()) (void)link::obey(emulator, "trace " + flags.trace).take();
  const auto colon = flags.options.listen.rfind(':');
  print_text(
      fmt::format("link {}:{} → {}\n", flags.options.listen.substr(0, colon), emulator.port(), flags.options.target));
  answer_commands(emulator, stop);
}

}  // namespace

void add_link(Command application) {
  const auto flags = std::make_shared<Flags>();
  Command command = application.add_subcommand(
      "link", "Emulate a network link: a TCP proxy with bandwidth, delay, jitter, stalls, outages, traces");
  command.set_footer(kFooter);
  command.add_option("--listen", flags->options.listen, "Address to listen at; port 0 picks a free one").show_default();
  command.add_option("--to", flags->options.target, "Address to forward to: HOST:PORT").required();
  command.add_option("--bandwidth", flags->bandwidth, "Mbit/s each way, or \"UP DOWN\" (default: unlimited)");
  const auto add_conditions_time = [&](const char* flag, base::Milliseconds& time, const char* help) {
    add_time_flag(
        command, flag, [&time](double ms) { time = base::Milliseconds(ms); }, help, base::Zero::Allowed);
  };
  auto& conditions = flags->options.conditions;
  add_conditions_time("--delay", conditions.one_way_delay,
                      "One-way delay, such as 20ms: a round trip takes twice this");
  add_conditions_time("--jitter", conditions.jitter, "Each chunk takes up to this time longer, such as 2ms");
  command.add_option("--trace", flags->trace, "Replay the bandwidth of a trace file, in a loop");
  command.add_flag("--insecure", flags->options.allow_remote, "Allow an address beyond loopback");
  command.callback([flags] { emulate(*flags); });
}

}  // namespace tandem::cli
