#include "wire/call_table.h"

#include <grpcpp/server_context.h>

namespace tandem::wire {

bool CallTable::add(grpc::ServerContextBase& context) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_ || is_busy_.size() >= limit_) return false;
  is_busy_[&context] = false;
  return true;
}

void CallTable::remove(grpc::ServerContextBase& context) {
  const std::lock_guard lock(mutex_);
  is_busy_.erase(&context);
  if (is_busy_.empty()) is_empty_.notify_all();
}

bool CallTable::mark(grpc::ServerContextBase& context, bool is_busy) {
  const std::lock_guard lock(mutex_);
  is_busy_[&context] = is_busy;
  return !is_stopping_;
}

void CallTable::stop() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
  for (const auto& [context, is_busy] : is_busy_) {
    if (!is_busy) context->TryCancel();
  }
}

void CallTable::wait_for_empty() {
  std::unique_lock lock(mutex_);
  is_empty_.wait(lock, [this] { return is_busy_.empty(); });
}

}  // namespace tandem::wire
