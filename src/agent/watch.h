// Ends the work of an agent's calls: at the deadline, once the caller has gone, and when the agent stops. Used by
// whatever loads or runs parts. Thread-safe; has a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "base/error.h"

namespace tandem::agent {

class Task;

class Watch {
 public:
  // How long a computation may take to end once it was told to, and how long one without a deadline may go on once the
  // agent stops.
  static constexpr base::Milliseconds kGrace{1000};

  // `clock` must outlive it. `give_up` is called, on the watch's thread, when a computation goes on beyond the grace.
  explicit Watch(base::Clock& clock = base::steady_clock(), std::function<void()> give_up = {});
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // From now on requests end at their deadlines, other tasks and requests without one a grace from now, and new ones at
  // once. Returns the moment by which all have been told to end; `give_up` is called a grace later, unless the watch
  // has gone.
  base::Deadline stop();

 private:
  friend class Task;
  using Tasks = std::multimap<base::Instant, Task*>;  // by the moment at which each is due to be looked at

  void add(Task& task);
  void remove(Task& task);
  void end(Task& task, int reason);
  void set_due(Task& task, base::Instant due);
  void serve();
  void wait(std::unique_lock<std::mutex>& lock);
  void look_at(Task& task);
  void give_up() const;
  base::Instant after(base::Milliseconds span) const;

  base::Clock& clock_;
  const std::function<void()> give_up_;
  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  Tasks tasks_;
  base::Instant wakes_at_ = base::Instant::max();  // the thread, without being told
  std::optional<base::Instant> gives_up_at_;       // once stopping
  bool is_closing_ = false;
  std::thread thread_;
};

// The work of one call. The thread that makes it computes; others may end it.
class Task {
 public:
  enum class Kind {
    Request,
    Upkeep,  // loads and measurements: an agent that stops does not wait for them
  };
  // `watch` must outlive it.
  explicit Task(Watch& watch, const base::Deadline& deadline = base::Deadline::never(), std::stop_token cancelled = {},
                Kind kind = Kind::Request);
  // A step of another task, with a limit of its own.
  Task(const Task& whole, base::Milliseconds limit);
  ~Task();
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  const base::Deadline& deadline() const { return deadline_; }
  // Why the task is over: DeadlineExceeded or Unavailable. None while it goes on.
  std::optional<base::Error> end() const;

  // Calls `work` with a token that stops once the task is over. If work fails then, or the task is over already, throws
  // the error of end().
  template <class Work>
  void compute(const Work& work) {
    throw_if_over();
    const Computing computing(*this);
    try {
      work(stop_.get_token());
    } catch (const base::Error&) {
      throw_if_over();
      throw;
    }
  }

 private:
  friend class Watch;
  struct Computing {
    explicit Computing(Task& task) : is_computing(task.is_computing_) { is_computing = true; }
    ~Computing() { is_computing = false; }
    std::atomic<bool>& is_computing;
  };

  void throw_if_over() const;
  bool outlasts_a_stop() const { return kind_ == Kind::Request && !deadline_.is_never(); }

  Watch& watch_;
  const base::Deadline deadline_;
  const std::stop_token cancelled_;
  const Kind kind_;
  std::stop_source stop_;
  std::atomic<int> reason_{0};  // of its end
  std::atomic<bool> is_computing_{false};
  Watch::Tasks::iterator place_;
  std::optional<std::stop_callback<std::function<void()>>> on_cancelled_;  // last: the rest must be there
};

}  // namespace tandem::agent
