// The threads of a server, which take turns at one completion queue. One always waits there while the others handle
// events, so another is started when all are about to be busy. Thread-safe. Private to wire/.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace grpc {
class CompletionQueue;
}

namespace tandem::wire {

// What the queue's tags point to.
class Event {
 public:
  virtual ~Event() = default;
  virtual void happen(bool is_fine) = 0;
};

class Workers {
 public:
  Workers(grpc::CompletionQueue& queue, int most_threads);
  ~Workers();  // waits until the queue has been shut down and is empty
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // A worker calls it before work that may take a while.
  void leave_queue();

 private:
  void work();
  void add_thread();

  grpc::CompletionQueue& queue_;
  const std::size_t most_threads_;
  std::atomic<int> waiting_{0};  // threads at the queue
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

}  // namespace tandem::wire
