// Waits for SIGINT and SIGTERM, which end commands that serve. Private to cli/.
#pragma once

#include <csignal>

namespace tandem::cli {

class StopSignals {
 public:
  StopSignals();  // blocks both in this thread and in threads that it starts later: make it first
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  void wait() const;                              // until one of them arrives
  int descriptor() const { return descriptor_; }  // readable once one of them has arrived

 private:
  sigset_t signals_;
  int descriptor_;
};

}  // namespace tandem::cli
