#include "agent/watch.h"

#include <algorithm>
#include <utility>

namespace tandem::agent {
namespace {

using base::Error;
using base::ErrorKind;
using base::Instant;

enum Reason : int { kGoesOn, kDeadline, kCancelled, kStopping };

base::Deadline sooner(const base::Deadline& one, const base::Deadline& other) {
  return one.instant() < other.instant() ? one : other;
}

}  // namespace

Watch::Watch(base::Clock& clock, std::function<void()> give_up)
    : clock_(clock), give_up_(std::move(give_up)), thread_([this] { serve(); }) {}

Watch::~Watch() {
  {
    const std::lock_guard lock(mutex_);
    is_closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Instant Watch::after(base::Milliseconds span) const {
  return base::Deadline::after(span, clock_).instant();
}

base::Deadline Watch::stop() {
  const std::lock_guard lock(mutex_);
  const Instant soon = after(kGrace);
  Instant last = soon;
  for (const Tasks all = tasks_; const auto& [due, task] : all) {
    if (task->outlasts_a_stop()) {
      last = std::max(last, task->deadline_.instant());
    } else {
      set_due(*task, std::min(due, soon));
    }
  }
  gives_up_at_ = last + std::chrono::duration_cast<Instant::duration>(kGrace);
  changed_.notify_all();
  return base::Deadline(last);
}

void Watch::add(Task& task) {
  const std::lock_guard lock(mutex_);
  task.place_ = tasks_.emplace(task.deadline_.instant(), &task);
  if (gives_up_at_) {
    end(task, kStopping);
  } else if (task.deadline_.has_passed(clock_)) {
    end(task, kDeadline);
  }
  if (task.place_->first < wakes_at_) changed_.notify_all();
}

void Watch::remove(Task& task) {
  const std::lock_guard lock(mutex_);
  tasks_.erase(task.place_);
}

void Watch::set_due(Task& task, Instant due) {
  tasks_.erase(task.place_);
  task.place_ = tasks_.emplace(due, &task);
}

// Under the lock.
void Watch::end(Task& task, int reason) {
  int goes_on = kGoesOn;
  if (!task.reason_.compare_exchange_strong(goes_on, reason)) return;
  task.stop_.request_stop();
  set_due(task, after(kGrace));
}

void Watch::serve() {
  std::unique_lock lock(mutex_);
  while (!is_closing_) {
    const Instant now = clock_.now();
    while (!tasks_.empty() && tasks_.begin()->first <= now) look_at(*tasks_.begin()->second);
    if (gives_up_at_ && *gives_up_at_ <= now) {
      gives_up_at_ = Instant::max();
      give_up();
    }
    wait(lock);
  }
}

// By the watch's clock, which a test may move: the time that remains is waited for, and the clock read again.
void Watch::wait(std::unique_lock<std::mutex>& lock) {
  wakes_at_ = tasks_.empty() ? Instant::max() : tasks_.begin()->first;
  if (gives_up_at_) wakes_at_ = std::min(wakes_at_, *gives_up_at_);
  if (wakes_at_ == Instant::max()) {
    changed_.wait(lock);
  } else {
    changed_.wait_for(lock, wakes_at_ - clock_.now());
  }
}

void Watch::look_at(Task& task) {
  if (task.reason_ == kGoesOn) return end(task, task.deadline_.has_passed(clock_) ? kDeadline : kStopping);
  set_due(task, Instant::max());
  if (task.is_computing_) give_up();
}

void Watch::give_up() const {
  if (give_up_) give_up_();
}

Task::Task(Watch& watch, const base::Deadline& deadline, std::stop_token cancelled, Kind kind)
    : watch_(watch), deadline_(deadline), cancelled_(std::move(cancelled)), kind_(kind) {
  watch_.add(*this);
  if (!cancelled_.stop_possible()) return;
  on_cancelled_.emplace(cancelled_, [this] {
    const std::lock_guard lock(watch_.mutex_);
    watch_.end(*this, kCancelled);
    watch_.changed_.notify_all();
  });
}

Task::Task(const Task& whole, base::Milliseconds limit)
    : Task(whole.watch_, sooner(whole.deadline_, base::Deadline(whole.watch_.after(limit))), whole.cancelled_,
           whole.kind_) {}

Task::~Task() {
  on_cancelled_.reset();
  watch_.remove(*this);
}

std::optional<Error> Task::end() const {
  switch (reason_) {
    case kDeadline:
      return Error(ErrorKind::DeadlineExceeded, "the deadline passed while the stage ran");
    case kCancelled:
      return Error(ErrorKind::Unavailable, "the caller no longer waits");
    case kStopping:
      return Error(ErrorKind::Unavailable, "the agent is stopping");
    default:
      return std::nullopt;
  }
}

void Task::throw_if_over() const {
  if (const auto error = end()) throw *error;
}

}  // namespace tandem::agent
