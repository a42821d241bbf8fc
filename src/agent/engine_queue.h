// The queue for the engine. One request computes at a time; a request behind too many others is refused at once.
// Thread-safe. Private to agent/.
#pragma once

#include <atomic>
#include <mutex>

#include "base/clock.h"
#include "base/error.h"

namespace tandem::agent {

class EngineQueue {
 public:
  explicit EngineQueue(int most_waiting) : most_waiting_(most_waiting) {}

  using Turn = std::unique_lock<std::timed_mutex>;  // its holder has the engine while it lives

  // Waits for the engine. Fails with ResourceExhausted at once when `most_waiting` others wait already, or with
  // DeadlineExceeded.
  base::Result<Turn> take_turn(const base::Deadline& deadline);

 private:
  base::Result<Turn> wait(const base::Deadline& deadline);

  const int most_waiting_;
  std::timed_mutex mutex_;
  std::atomic<int> waiting_{0};
};

}  // namespace tandem::agent
