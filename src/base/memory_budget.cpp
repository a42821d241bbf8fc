#include "base/memory_budget.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/figures.h"

namespace tandem::base {

bool MemoryBudget::try_take(std::size_t bytes) noexcept {
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (used > bytes_ || bytes > bytes_ - used) return false;
  } while (!used_.compare_exchange_weak(used, used + bytes));
  return true;
}

void MemoryBudget::take(std::size_t bytes, std::string_view what) {
  if (try_take(bytes)) return;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& give_up : spares_) give_up();
  }
  if (try_take(bytes)) return;
  const std::size_t used = std::min(used_.load(), bytes_);
  throw Error(ErrorKind::ResourceExhausted,
              fmt::format("no memory for {}: {} asked, {} free of the budget of {} (tandem agent --memory)", what,
                          human_bytes(static_cast<double>(bytes)), human_bytes(static_cast<double>(bytes_ - used)),
                          human_bytes(static_cast<double>(bytes_))));
}

MemoryBudget::Spare::Spare(MemoryBudget& budget, std::function<void()> give_up) : budget_(budget) {
  const std::lock_guard lock(budget_.mutex_);
  place_ = budget_.spares_.insert(budget_.spares_.end(), std::move(give_up));
}

MemoryBudget::Spare::~Spare() {
  const std::lock_guard lock(budget_.mutex_);
  budget_.spares_.erase(place_);
}

MemoryCharge::MemoryCharge(SharedBudget budget, std::size_t bytes, std::string_view what) : budget_(std::move(budget)) {
  grow(bytes, what);
}

MemoryCharge::MemoryCharge(MemoryCharge&& other) noexcept
    : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}

MemoryCharge& MemoryCharge::operator=(MemoryCharge&& other) noexcept {
  if (this == &other) return *this;
  reset();
  budget_ = std::move(other.budget_);
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

void MemoryCharge::grow(std::size_t bytes, std::string_view what) {
  if (budget_ == nullptr) return;
  budget_->take(bytes, what);
  bytes_ += bytes;
}

void MemoryCharge::shrink_to(std::size_t bytes) noexcept {
  if (budget_ == nullptr || bytes >= bytes_) return;
  budget_->give_back(bytes_ - bytes);
  bytes_ = bytes;
}

Tensor with_charge(const Tensor& tensor, MemoryCharge charge) {
  if (charge.bytes() == 0) return tensor;
  struct Holder {
    Tensor tensor;
    MemoryCharge charge;
  };
  const auto holder = std::make_shared<Holder>(tensor, std::move(charge));
  return Tensor::view(tensor.type(), holder, holder->tensor.mutable_bytes().data(), tensor.size());
}

Tensor allocate_charged(TensorType type, const SharedBudget& budget) {
  MemoryCharge charge(budget, size_bytes(type), "a tensor");
  return with_charge(Tensor::allocate(std::move(type)), std::move(charge));
}

}  // namespace tandem::base
