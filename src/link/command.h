// Commands to a running link emulator, one a line, from standard input or a script:
//
//   bandwidth MBPS        both directions; ends a trace; 0: unlimited
//   bandwidth UP DOWN     each direction
//   delay MS              one way, in each direction
//   jitter MS [CORRELATION]           in percent
//   stall | resume        hold all bytes; let them go on
//   cut | restore         reset and refuse connections; accept them again
//   trace FILE [hold]     play a bandwidth trace, in a loop or holding its last rate; FILE has no spaces
//   trace off             back to the bandwidth that was set
//   preset NAME           the conditions of preset.h
//   report                change nothing
//
// And for packets:
//
//   loss PERCENT [BURST [WITHIN]]     in bursts of BURST packets on average, of which WITHIN percent are lost
//   reorder PERCENT [MS]              these come MS later, and others overtake them
//   duplicate PERCENT
//   queue LIMIT [codel]   LIMIT: 64KB, 50ms, or 0 for 1,000 packets
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"
#include "link/conditions.h"
#include "link/running_link.h"
#include "link/trace.h"

namespace tandem::link {

class PacketNetwork;

struct Command {
  LinkConditions conditions;  // after the command
  bool ends_trace = false;
  std::string trace_path;  // trace to play; empty: none
  AtEnd at_end = AtEnd::Loop;
};

// The command in `line`, applied to `conditions`. Error(InvalidInput) names the wrong word and the expected ones.
base::Result<Command> parse_command(const LinkConditions& conditions, std::string_view line,
                                    Carrier carrier = Carrier::Bytes);

// Parses and executes. Returns the state afterwards; on an error the link is unchanged.
base::Result<base::Json> obey(RunningLink& link, std::string_view line);

// The same, where the link's name comes first; it may be left out where there is only one.
base::Result<base::Json> obey(PacketNetwork& network, std::string_view line);

}  // namespace tandem::link
