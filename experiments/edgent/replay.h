// Requests over a link whose bandwidth follows a trace: a plan for each by what a look at the link says before it.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "world.h"

namespace tandem::edgent {

struct ReplaySetting {
  std::size_t requests = 1000;
  double deadline_ms = 0;  // 0: 1.4 times what the first exit takes on the device
  std::string trace;       // a file as the link emulator takes it; empty: a random walk
  std::uint64_t seed = 1;  // of the random walk
  double most_minutes = 30;
};

// "trace" of the report (README.md).
base::Json replay_trace(World& world, const ReplaySetting& setting, const profile::Progress& progress);

}  // namespace tandem::edgent
