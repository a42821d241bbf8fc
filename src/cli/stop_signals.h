// Waits for SIGINT and SIGTERM, which end commands that serve; those of an agent's worker answer its supervisor's trim
// signal meanwhile. Private to cli/.
#pragma once

#include <csignal>
#include <functional>

namespace tandem::cli {

class StopSignals {
 public:
  // Blocks both, and `other`, in this thread and in threads that it starts later: make it first.
  explicit StopSignals(int other = SIGTERM);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  void wait() const;  // until one of them arrives
  // The same; calls `action` whenever `signal` arrives, which the constructor blocks, too.
  void wait(int signal, const std::function<void()>& action) const;
  int descriptor() const { return descriptor_; }  // readable once one of them has arrived

 private:
  sigset_t signals_;
  int descriptor_;
};

}  // namespace tandem::cli
