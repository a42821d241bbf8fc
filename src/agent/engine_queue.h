// The queue for the engine. One request computes at a time; clients take turns, however many requests each of them has
// waiting; a request behind too many others is refused at once. A turn that lasts long is shared: the request of
// another client starts beside it, so that nobody's computation holds up the rest. Thread-safe. Private to agent/.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/error.h"

namespace tandem::agent {

class EngineQueue {
 public:
  static constexpr base::Milliseconds kLongTurn{10};
  static constexpr base::Milliseconds kNeverShared = base::Milliseconds::max();
  static constexpr std::size_t kMostAtOnce = 4;  // turns of as many clients

  explicit EngineQueue(int most_waiting, base::Milliseconds long_turn = kNeverShared)
      : most_waiting_(most_waiting), long_turn_(long_turn) {}

 private:
  struct Holder {
    std::string client;
    base::Instant since;
  };
  using Holders = std::list<Holder>;  // the one that has started last at the end

 public:
  // Its holder has the engine while it lives.
  class Turn {
   public:
    Turn(EngineQueue& queue, Holders::iterator holder) : queue_(&queue), holder_(holder) {}
    ~Turn();
    Turn(Turn&& other) noexcept;
    Turn& operator=(Turn&&) = delete;

   private:
    EngineQueue* queue_;
    Holders::iterator holder_;
  };

  // Waits for the engine. Fails with ResourceExhausted at once when `most_waiting` others wait already, or with
  // DeadlineExceeded.
  base::Result<Turn> take_turn(const base::Deadline& deadline, const std::string& client = {});
  std::size_t waiting();  // requests

 private:
  struct Request {
    std::string client;
    std::condition_variable changed;
    std::optional<Holders::iterator> turn;
  };
  using Requests = std::list<Request*>;  // in order of arrival

  Holders::iterator hold(const std::string& client);
  bool waits_for_turn(Request& request, const base::Deadline& deadline, std::unique_lock<std::mutex>& lock);
  void give_back(Holders::iterator holder);
  void give_turns();
  bool may_start(const std::string& client) const;
  base::Instant shared_from() const;
  void note_served(const std::string& client);
  Requests::iterator next();

  const int most_waiting_;
  const base::Milliseconds long_turn_;
  std::mutex mutex_;  // guards the members below
  Holders holders_;
  Requests waiting_;
  std::list<std::string> served_;  // clients, the one served last at the end
};

}  // namespace tandem::agent
