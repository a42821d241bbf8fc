#include "wire/workers.h"

#include <grpcpp/completion_queue.h>

namespace tandem::wire {

Workers::Workers(grpc::CompletionQueue& queue, int most_threads)
    : queue_(queue), most_threads_(static_cast<std::size_t>(most_threads)) {
  add_thread();
  add_thread();
}

Workers::~Workers() {
  // No thread is added any more: nothing happens once the queue is shut down.
  for (std::thread& thread : threads_) thread.join();
}

void Workers::leave_queue() {
  if (waiting_ == 0) add_thread();
}

void Workers::add_thread() {
  const std::lock_guard lock(mutex_);
  if (threads_.size() >= most_threads_) return;
  ++waiting_;  // on its way there
  threads_.emplace_back([this] { work(); });
}

void Workers::work() {
  void* tag = nullptr;
  bool is_fine = false;
  const auto handle = [&] {
    if (tag == nullptr) return;
    --waiting_;
    static_cast<Event*>(tag)->happen(is_fine);
    ++waiting_;
  };
  // An event that follows at once, such as the end of a write, comes back to this thread; otherwise it would wake
  // another one.
  const gpr_timespec never = gpr_inf_future(GPR_CLOCK_MONOTONIC);
  while (queue_.DoThenAsyncNext(handle, &tag, &is_fine, never) == grpc::CompletionQueue::GOT_EVENT) {
  }
}

}  // namespace tandem::wire
