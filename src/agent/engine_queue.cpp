#include "agent/engine_queue.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tandem::agent {

using base::Error;
using base::ErrorKind;

EngineQueue::Turn::Turn(Turn&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}

EngineQueue::Turn::~Turn() {
  if (queue_ != nullptr) queue_->give_turn();
}

base::Result<EngineQueue::Turn> EngineQueue::take_turn(const base::Deadline& deadline, const std::string& client) {
  std::unique_lock lock(mutex_);
  if (!is_taken_) {
    is_taken_ = true;
    return Turn(*this);
  }
  if (waiting_.size() >= static_cast<std::size_t>(most_waiting_))
    return Error(ErrorKind::ResourceExhausted,
                 fmt::format("{} requests are waiting for the engine already", waiting_.size()));
  Request request;
  request.client = client;
  waiting_.push_back(&request);
  const auto has_turn = [&] { return request.has_turn; };
  if (deadline.is_never()) {
    request.has_turn_changed.wait(lock, has_turn);
  } else if (!request.has_turn_changed.wait_until(lock, deadline.instant(), has_turn)) {
    waiting_.remove(&request);
    return Error(ErrorKind::DeadlineExceeded, "the deadline passed while the request waited for the engine");
  }
  return Turn(*this);
}

std::size_t EngineQueue::waiting() {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void EngineQueue::give_turn() {
  const std::lock_guard lock(mutex_);
  const auto chosen = next();
  is_taken_ = chosen != waiting_.end();
  if (!is_taken_) return;
  Request& request = **chosen;
  waiting_.erase(chosen);
  note_served(request.client);
  request.has_turn = true;
  request.has_turn_changed.notify_one();
}

void EngineQueue::note_served(const std::string& client) {
  std::erase_if(served_, [&](const std::string& other) {
    return other == client || std::ranges::find(waiting_, other, &Request::client) == waiting_.end();
  });
  served_.push_back(client);
}

// The first request of a client that was not served lately, or else of the one served longest ago.
EngineQueue::Requests::iterator EngineQueue::next() {
  const auto is_new = [&](const Request* each) { return std::ranges::find(served_, each->client) == served_.end(); };
  auto chosen = std::ranges::find_if(waiting_, is_new);
  for (auto client = served_.begin(); chosen == waiting_.end() && client != served_.end(); ++client)
    chosen = std::ranges::find(waiting_, *client, &Request::client);
  return chosen;
}

}  // namespace tandem::agent
