#include "agent/engine_queue.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tandem::agent {

using base::Error;
using base::ErrorKind;

EngineQueue::Turn::Turn(Turn&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)), holder_(other.holder_) {}

EngineQueue::Turn::~Turn() {
  if (queue_ != nullptr) queue_->give_back(holder_);
}

base::Result<EngineQueue::Turn> EngineQueue::take_turn(const base::Deadline& deadline, const std::string& client) {
  std::unique_lock lock(mutex_);
  if (holders_.empty()) return Turn(*this, hold(client));
  if (waiting_.size() >= static_cast<std::size_t>(most_waiting_))
    return Error(ErrorKind::ResourceExhausted,
                 fmt::format("{} requests are waiting for the engine already", waiting_.size()));
  Request request;
  request.client = client;
  waiting_.push_back(&request);
  if (!waits_for_turn(request, deadline, lock)) {
    waiting_.remove(&request);
    return Error(ErrorKind::DeadlineExceeded, "the deadline passed while the request waited for the engine");
  }
  return Turn(*this, *request.turn);
}

EngineQueue::Holders::iterator EngineQueue::hold(const std::string& client) {
  return holders_.insert(holders_.end(), {client, base::steady_clock().now()});
}

// Looks again whenever the turns under way may have become long.
bool EngineQueue::waits_for_turn(Request& request, const base::Deadline& deadline, std::unique_lock<std::mutex>& lock) {
  for (;;) {
    give_turns();
    const base::Instant now = base::steady_clock().now();
    if (request.turn) return true;
    if (now >= deadline.instant()) return false;
    const base::Instant shared = shared_from();
    const base::Instant next_look = std::min(deadline.instant(), shared > now ? shared : base::Instant::max());
    if (next_look == base::Instant::max()) {
      request.changed.wait(lock);
    } else {
      request.changed.wait_until(lock, next_look);
    }
  }
}

std::size_t EngineQueue::waiting() {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

void EngineQueue::give_back(Holders::iterator holder) {
  const std::lock_guard lock(mutex_);
  const bool was_shared = holders_.size() > 1;
  holders_.erase(holder);
  give_turns();
  if (!was_shared) return;
  for (Request* request : waiting_) request->changed.notify_one();  // there may be another time for its next look
}

void EngineQueue::give_turns() {
  for (auto chosen = next(); chosen != waiting_.end(); chosen = next()) {
    Request& request = **chosen;
    waiting_.erase(chosen);
    note_served(request.client);
    request.turn = hold(request.client);
    request.changed.notify_one();
  }
}

// From when on the engine is shared: all turns under way are long then.
base::Instant EngineQueue::shared_from() const {
  if (holders_.empty() || long_turn_ == kNeverShared || holders_.size() >= kMostAtOnce) return base::Instant::max();
  return holders_.back().since + std::chrono::duration_cast<base::Instant::duration>(long_turn_);
}

bool EngineQueue::may_start(const std::string& client) const {
  if (holders_.empty()) return true;
  return base::steady_clock().now() >= shared_from() &&
         std::ranges::find(holders_, client, &Holder::client) == holders_.end();
}

void EngineQueue::note_served(const std::string& client) {
  std::erase_if(served_, [&](const std::string& other) {
    return other == client || std::ranges::find(waiting_, other, &Request::client) == waiting_.end();
  });
  served_.push_back(client);
}

// Of those that may start, the first request of a client that was not served lately, or else of the one served longest
// ago.
EngineQueue::Requests::iterator EngineQueue::next() {
  const auto is_new = [&](const Request* each) {
    return std::ranges::find(served_, each->client) == served_.end() && may_start(each->client);
  };
  auto chosen = std::ranges::find_if(waiting_, is_new);
  for (auto client = served_.begin(); chosen == waiting_.end() && client != served_.end(); ++client) {
    if (may_start(*client)) chosen = std::ranges::find(waiting_, *client, &Request::client);
  }
  return chosen;
}

}  // namespace tandem::agent
