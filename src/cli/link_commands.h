// Commands to a running link from standard input, and the flags that say what it starts as. Private to cli/.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/stop_signals.h"
#include "link/packet_network.h"

namespace tandem::cli {

struct LinkFlags {
  std::vector<std::string> conditions;  // flags, as commands
  std::vector<std::string> commands;    // --set
  std::string trace;

  // packets only
  bool packets = false;
  std::string network;            // a file
  std::vector<std::string> runs;  // "NAME COMMAND"
};

link::LinkConditions starting_conditions(const LinkFlags& flags, link::Carrier carrier);

// Prints what `answer` says to each line of standard input until a stop signal comes or `end` is readable (-1: never).
// The end of standard input changes nothing.
void answer_commands(const StopSignals& stop, const std::function<base::Result<base::Json>(const std::string&)>& answer,
                     int end = -1);

void emulate_packets(const LinkFlags& flags);
[[noreturn]] void run_within(int process, const std::vector<std::string>& command);  // --enter

}  // namespace tandem::cli
