// SIGINT and SIGTERM as something to wait for: how commands that serve come to their end.
#pragma once

#include <csignal>

namespace tandem::cli {

class StopSignals {
 public:
  StopSignals();      // blocks them in this thread and in those it starts from here on: make it before any
  void wait() const;  // until one of them comes

 private:
  sigset_t signals_;
};

}  // namespace tandem::cli
