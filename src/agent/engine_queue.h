// The queue for the engine. One request computes at a time; clients take turns, however many requests each of them has
// waiting; a request behind too many others is refused at once. Thread-safe. Private to agent/.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace tandem::agent {

class EngineQueue {
 public:
  explicit EngineQueue(int most_waiting) : most_waiting_(most_waiting) {}

  // Its holder has the engine while it lives.
  class Turn {
   public:
    explicit Turn(EngineQueue& queue) : queue_(&queue) {}
    ~Turn();
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&&) = delete;

   private:
    EngineQueue* queue_;
  };

  // Waits for the engine. Fails with ResourceExhausted at once when `most_waiting` others wait already, or with
  // DeadlineExceeded.
  base::Result<Turn> take_turn(const base::Deadline& deadline, const std::string& client = {});
  std::size_t waiting();  // requests

 private:
  struct Request {
    std::string client;
    std::condition_variable has_turn_changed;
    bool has_turn = false;
  };
  using Requests = std::list<Request*>;  // in order of arrival

  void give_turn();
  void note_served(const std::string& client);
  Requests::iterator next();

  const int most_waiting_;
  std::mutex mutex_;  // guards the members below
  bool is_taken_ = false;
  Requests waiting_;
  std::list<std::string> served_;  // clients, the one served last at the end
};

}  // namespace tandem::agent
