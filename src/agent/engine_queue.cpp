#include "agent/engine_queue.h"

#include <utility>

#include <fmt/format.h>

namespace tandem::agent {

using base::Error;
using base::ErrorKind;

base::Result<EngineQueue::Turn> EngineQueue::take_turn(const base::Deadline& deadline) {
  Turn turn(mutex_, std::try_to_lock);
  if (turn.owns_lock()) return turn;
  const int ahead = waiting_.fetch_add(1);
  base::Result<Turn> waited =
      ahead < most_waiting_
          ? wait(deadline)
          : Error(ErrorKind::ResourceExhausted, fmt::format("{} requests are waiting for the engine already", ahead));
  waiting_.fetch_sub(1);
  return waited;
}

base::Result<EngineQueue::Turn> EngineQueue::wait(const base::Deadline& deadline) {
  if (deadline.is_never()) return Turn(mutex_);
  Turn turn(mutex_, deadline.instant());
  if (turn.owns_lock()) return turn;
  return Error(ErrorKind::DeadlineExceeded, "the deadline passed while the request waited for the engine");
}

}  // namespace tandem::agent
