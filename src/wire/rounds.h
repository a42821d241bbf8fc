// Calls a function time and again on the threads of a completion queue. Thread-safe. Private to wire/.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <functional>
#include <mutex>

#include "base/clock.h"
#include "wire/workers.h"

namespace tandem::wire {

class Rounds : Event {
 public:
  // The queue must outlive it, and be empty when it ends.
  Rounds(grpc::CompletionQueue& queue, base::Milliseconds pause, std::function<void()> look);
  void stop();  // `look` may be under way, and is not called again

 private:
  void arm();
  void happen(bool) override;

  grpc::CompletionQueue& queue_;
  const base::Milliseconds pause_;
  const std::function<void()> look_;
  std::mutex mutex_;  // guards the members below
  bool is_stopping_ = false;
  grpc::Alarm alarm_;
};

}  // namespace tandem::wire
