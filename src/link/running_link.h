// An emulated link while it runs, whatever carries it: what commands (command.h) act on. Thread-safe.
#pragma once

#include "base/error.h"
#include "base/json.h"
#include "link/conditions.h"
#include "link/trace.h"

namespace tandem::link {

class RunningLink {
 public:
  virtual ~RunningLink() = default;

  virtual Carrier carrier() const = 0;
  virtual LinkConditions conditions() const = 0;

  // Takes effect before it returns, for bytes in transit too. Does not end a trace. Error(InvalidInput) changes
  // nothing.
  virtual base::Status set(const LinkConditions& conditions) = 0;

  // Starts the trace, which decides the bandwidth both ways until stop_trace().
  virtual void play(BandwidthTrace trace, AtEnd at_end = AtEnd::Loop) = 0;
  virtual void stop_trace() = 0;

  virtual base::Json state() const = 0;  // conditions and counts: docs/formats.md, link emulator
};

}  // namespace tandem::link
