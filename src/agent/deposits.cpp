#include "agent/deposits.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

namespace tandem::agent {
namespace {

using base::Error;
using base::ErrorKind;
using base::Milliseconds;

std::size_t size_of(const Deposited& deposit) {
  std::size_t bytes = 0;
  for (const auto& tensor : deposit.tensors) bytes += tensor.tensor.size();
  return bytes;
}

}  // namespace

base::Status Deposits::check(const std::string& key, const Entry& entry) const {
  if (entries_.contains(key)) return Error(ErrorKind::InvalidInput, "a second deposit under one key, expected one");
  std::size_t count = 1;
  std::size_t bytes = entry.bytes;
  for (const auto& [other_key, other] : entries_) {
    if (other->client != entry.client) continue;
    ++count;
    bytes += other->bytes;
  }
  if (count <= caps_.count && bytes <= caps_.bytes) return base::Nothing{};
  return Error(ErrorKind::ResourceExhausted,
               fmt::format("deposits: {} of {} bytes held for '{}', expected at most {} of {} bytes", count, bytes,
                           entry.client, caps_.count, caps_.bytes));
}

// Until then, the task's end, or the longest time.
base::Status Deposits::wait(const Task& task, const std::function<bool()>& is_there, const char* missing) try {
  Task limited(task, caps_.longest);
  limited.compute([&](const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, is_there)) throw Error(ErrorKind::Unavailable, missing);
  });
  return base::Nothing{};
} catch (const Error& error) {
  if (error.kind() != ErrorKind::DeadlineExceeded) return error;
  if (task.deadline().has_passed(clock_))
    return Error(ErrorKind::DeadlineExceeded, fmt::format("{} by the deadline", missing));
  return Error(ErrorKind::Unavailable, fmt::format("{} within {:.3g} s", missing, caps_.longest.count() / 1e3));
}

base::Result<Milliseconds> Deposits::hold(const std::string& key, const std::string& client, Deposited deposit,
                                          const Task& task) {
  const auto start = clock_.now();
  const std::size_t bytes = size_of(deposit);
  const auto entry = std::make_shared<Entry>(Entry{client, bytes, std::move(deposit)});
  {
    const std::lock_guard lock(mutex_);
    if (auto checked = check(key, *entry); !checked) return checked.error();
    entries_.emplace(key, entry);
  }
  changed_.notify_all();
  const base::Status waited = wait(
      task, [&] { return entry->is_taken; }, "no request came for a deposit");
  const std::lock_guard lock(mutex_);
  if (entry->is_taken) return Milliseconds(clock_.now() - start);
  entries_.erase(key);
  return waited.error();
}

base::Result<Deposited> Deposits::take(const std::vector<std::string>& keys, const Task& task) {
  if (std::set(keys.begin(), keys.end()).size() != keys.size())
    return Error(ErrorKind::InvalidInput, "the route awaits two deposits under one key, expected a key for each");
  const auto are_there = [&] {
    return std::ranges::all_of(keys, [&](const std::string& key) { return entries_.contains(key); });
  };
  const base::Status waited = wait(task, are_there, "a deposit did not come");
  Deposited all = take_all(keys);
  changed_.notify_all();
  if (!waited) return waited.error();
  return all;
}

Deposited Deposits::take_all(const std::vector<std::string>& keys) {
  Deposited all;
  const std::lock_guard lock(mutex_);
  for (const auto& key : keys) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) continue;
    Entry& entry = *found->second;
    entry.is_taken = true;
    std::ranges::move(entry.deposit.tensors, std::back_inserter(all.tensors));
    entry.deposit.tensors.clear();
    all.decoding += entry.deposit.decoding;
    entries_.erase(found);
  }
  return all;
}

std::size_t Deposits::held() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace tandem::agent
