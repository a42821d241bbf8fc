// The lines by which a running link emulator is told what to do, from standard input or a script:
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
  LinkConditions conditions;  // to be in force afterwards
  bool ends_trace = false;
  std::string trace_path;  // to be played; empty: none
  AtEnd at_end = AtEnd::Loop;
};

// What `line` asks for under `conditions`. Error(InvalidInput) names the word that is wrong and what was expected.
base::Result<Command> parse_command(const LinkConditions& conditions, std::string_view line);

// Parses and carries out. Returns the report afterwards, or the error, which leaves the emulator as it was.
base::Result<LinkReport> obey(LinkEmulator& emulator, std::string_view line);

}  // namespace tandem::link
