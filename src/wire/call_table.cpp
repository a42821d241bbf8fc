#include "wire/call_table.h"

#include <grpcpp/server_context.h>

#include <algorithm>

namespace tandem::wire {
namespace {

constexpr base::Milliseconds kLongEnough{1000};  // for an honest sender of a request's next message

}  // namespace

bool CallTable::add(grpc::ServerContextBase& context, const std::string& client, base::Milliseconds patience) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_) return false;
  if (taken_ >= limit_ && !take_idle_place() && !take_place_beyond_share(client)) return false;
  const auto now = base::steady_clock().now();
  calls_[&context] = {client, patience, now, now};
  ++places_[client];
  ++taken_;
  return true;
}

void CallTable::try_cancel(grpc::ServerContextBase& context) {
  context.TryCancel();
}

bool CallTable::take_idle_place() {
  auto chosen = calls_.end();
  std::size_t most = 0;
  for (const auto& [client, places] : places_) {
    const auto idle = longest_idle(client);
    if (idle == calls_.end() || places < most) continue;
    if (places == most && chosen->second.idle_since < idle->second.idle_since) continue;
    chosen = idle;
    most = places;
  }
  if (chosen == calls_.end()) return false;
  end(*chosen);
  return true;
}

bool CallTable::take_place_beyond_share(const std::string& newcomer) {
  const auto found = places_.find(newcomer);
  const std::size_t own = found == places_.end() ? 0 : found->second;
  const std::size_t share = limit_ / (places_.size() + (own == 0 ? 1 : 0));
  if (own >= share) return false;
  const auto most = std::ranges::max_element(places_, {}, [](const auto& each) { return each.second; });
  if (most == places_.end() || most->second <= share) return false;
  end(*latest(most->first));
  return true;
}

void CallTable::end(Calls::value_type& call) {
  give_up_place(call.second);
  call.second.is_ending = true;
  cancel_(*call.first);
}

// gRPC says nothing of a message before its last byte is there, and pings are answered however little comes: a call
// that waits between two messages and one whose message is half sent have the same time.
void CallTable::end_overdue() {
  const std::lock_guard lock(mutex_);
  const base::Instant now = base::steady_clock().now();
  for (auto& call : calls_) {
    const Call& its = call.second;
    if (!its.is_busy && !its.is_ending && now - its.idle_since > its.patience) end(call);
  }
}

void CallTable::give_up_place(const Call& call) {
  --taken_;
  if (--places_[call.client] == 0) places_.erase(call.client);
}

template <class Fits, class IsBefore>
CallTable::Calls::iterator CallTable::first(const Fits& fits, const IsBefore& is_before) {
  auto first = calls_.end();
  for (auto call = calls_.begin(); call != calls_.end(); ++call) {
    if (call->second.is_ending || !fits(call->second)) continue;
    if (first == calls_.end() || is_before(call->second, first->second)) first = call;
  }
  return first;
}

void CallTable::end_longest_midway() {
  const std::lock_guard lock(mutex_);
  const auto longest = first([](const Call& call) { return !call.is_busy && call.is_midway; }, waits_longer);
  if (longest == calls_.end()) return;
  if (base::steady_clock().now() - longest->second.idle_since >= kLongEnough) end(*longest);
}

bool CallTable::waits_longer(const Call& a, const Call& b) {
  return a.idle_since < b.idle_since;
}

CallTable::Calls::iterator CallTable::longest_idle(const std::string& client) {
  return first([&](const Call& call) { return !call.is_busy && call.client == client; }, waits_longer);
}

CallTable::Calls::iterator CallTable::latest(const std::string& client) {
  return first([&](const Call& call) { return call.client == client; },
               [](const Call& a, const Call& b) { return a.begun > b.begun; });
}

void CallTable::remove(grpc::ServerContextBase& context) {
  const std::lock_guard lock(mutex_);
  const auto call = calls_.find(&context);
  if (!call->second.is_ending) give_up_place(call->second);
  calls_.erase(call);
  if (calls_.empty()) is_empty_.notify_all();
}

bool CallTable::mark(grpc::ServerContextBase& context, bool is_busy, bool is_midway) {
  const std::lock_guard lock(mutex_);
  Call& call = calls_.at(&context);
  call.is_busy = is_busy;
  call.is_midway = is_midway;
  call.idle_since = base::steady_clock().now();
  return !is_stopping_ && !call.is_ending;
}

bool CallTable::is_stopping() {
  const std::lock_guard lock(mutex_);
  return is_stopping_;
}

void CallTable::stop() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
  for (const auto& [context, call] : calls_) {
    if (!call.is_busy) cancel_(*context);
  }
}

void CallTable::wait_for_empty() {
  std::unique_lock lock(mutex_);
  is_empty_.wait(lock, [this] { return calls_.empty(); });
}

}  // namespace tandem::wire
