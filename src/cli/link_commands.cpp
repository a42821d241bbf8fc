#include "cli/link_commands.h"

#include <poll.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <iterator>

#include "cli/output.h"
#include "link/command.h"

namespace tandem::cli {
namespace {

using Answer = std::function<base::Result<base::Json>(const std::string&)>;

void answer_whole_lines(const Answer& answer, std::string& received) {
  for (std::size_t end = 0; (end = received.find('\n')) != std::string::npos; received.erase(0, end + 1)) {
    const auto state = answer(received.substr(0, end));
    const base::Json json = state ? state.value() : base::Json{{"error", state.error().message()}};
    print_text(json.dump() + "\n");
  }
}

}  // namespace

link::LinkConditions starting_conditions(const LinkFlags& flags, link::Carrier carrier) {
  link::LinkConditions conditions;
  for (const std::string& command : flags.conditions) {
    conditions = link::parse_command(conditions, command, carrier).take().conditions;
  }
  return conditions;
}

void answer_commands(const StopSignals& stop, const Answer& answer, int end) {
  pollfd sources[] = {{stop.descriptor(), POLLIN, 0}, {end, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  std::string received;
  for (;;) {
    if (::poll(sources, std::size(sources), -1) < 0) continue;
    if (sources[0].revents != 0 || sources[1].revents != 0) return;
    char buffer[4096];
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count > 0) {
      received.append(buffer, static_cast<std::size_t>(count));
    } else {
      sources[2].fd = -1;  // poll ignores it
      if (!received.empty()) received += '\n';
    }
    answer_whole_lines(answer, received);
  }
}

}  // namespace tandem::cli
