#include "wire/rounds.h"

#include <utility>

#include "wire/deadline.h"

namespace tandem::wire {

Rounds::Rounds(grpc::CompletionQueue& queue, base::Milliseconds pause, std::function<void()> look)
    : queue_(queue), pause_(pause), look_(std::move(look)) {
  arm();
}

void Rounds::stop() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
  alarm_.Cancel();
}

void Rounds::arm() {
  alarm_.Set(&queue_, to_timespec(base::Deadline::after(pause_)), static_cast<Event*>(this));
}

void Rounds::happen(bool) {
  look_();
  const std::lock_guard lock(mutex_);
  if (!is_stopping_) arm();
}

}  // namespace tandem::wire
