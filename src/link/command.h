// Commands to a running link emulator, one a line, from standard input or a script:
//
//   bandwidth MBPS        both directions; ends a trace; 0: unlimited
//   bandwidth UP DOWN     each direction
//   delay MS              one way, in each direction
//   jitter MS
//   stall | resume        hold all bytes; let them go on
//   cut | restore         reset and refuse connections; accept them again
//   trace FILE [hold]     play a bandwidth trace, in a loop or holding its last rate; FILE has no spaces
//   trace off             back to the bandwidth that was set
//   report                change nothing
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "link/conditions.h"
#include "link/emulator.h"
#include "link/trace.h"

namespace tandem::link {

struct Command {
  LinkConditions conditions;  // after the command
  bool ends_trace = false;
  std::string trace_path;  // trace to play; empty: none
  AtEnd at_end = AtEnd::Loop;
};

// The command in `line`, applied to `conditions`. Error(InvalidInput) names the wrong word and the expected ones.
base::Result<Command> parse_command(const LinkConditions& conditions, std::string_view line);

// Parses and executes. Returns the report afterwards; on an error the emulator is unchanged.
base::Result<LinkReport> obey(LinkEmulator& emulator, std::string_view line);

}  // namespace tandem::link
