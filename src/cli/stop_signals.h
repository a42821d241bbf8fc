// SIGINT and SIGTERM as something to wait for: how commands that serve come to their end.
#pragma once

#include <csignal>

namespace tandem::cli {

class StopSignals {
 public:
  StopSignals();  // blocks them in this thread and in those it starts from here on: make it before any
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  void wait() const;                              // until one of them comes
  int descriptor() const { return descriptor_; }  // readable once one of them has come

 private:
  sigset_t signals_;
  int descriptor_;
};

}  // namespace tandem::cli
