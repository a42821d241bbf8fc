// The memory that peers can make a process take, as one sum. Whatever takes memory for a peer charges it first, and the
// charge lasts as long as the memory. Used by wire, rpc, agent and engine. Thread-safe, and without a lock until the
// budget is used up; a charge is used by one thread at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/tensor.h"

namespace tandem::base {

class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes) : bytes_(bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  std::size_t bytes() const { return bytes_; }
  std::size_t used() const { return used_; }

  // Throws Error(ResourceExhausted), with `what` and the figures, beyond the budget; holders of spare memory are asked
  // to give it up before.
  void take(std::size_t bytes, std::string_view what);
  void give_back(std::size_t bytes) noexcept { used_ -= bytes; }

  // Somebody who holds charged memory that it can do without. `give_up` is called from any thread while this lives, and
  // must neither charge nor make or end a spare.
  class Spare {
   public:
    Spare(MemoryBudget& budget, std::function<void()> give_up);
    ~Spare();
    Spare(const Spare&) = delete;
    Spare& operator=(const Spare&) = delete;

   private:
    MemoryBudget& budget_;
    std::list<std::function<void()>>::iterator place_;
  };

 private:
  bool try_take(std::size_t bytes) noexcept;

  const std::size_t bytes_;
  std::atomic<std::size_t> used_{0};
  std::mutex mutex_;
  std::list<std::function<void()>> spares_;
};

// Null: nothing is counted.
using SharedBudget = std::shared_ptr<MemoryBudget>;

// A share of a budget, given back when it ends.
class MemoryCharge {
 public:
  MemoryCharge() = default;
  MemoryCharge(SharedBudget budget, std::size_t bytes, std::string_view what);  // throws as MemoryBudget::take does
  ~MemoryCharge() { reset(); }
  MemoryCharge(MemoryCharge&& other) noexcept;
  MemoryCharge& operator=(MemoryCharge&& other) noexcept;

  std::size_t bytes() const { return bytes_; }
  void grow(std::size_t bytes, std::string_view what);  // throws likewise; it keeps what it had
  void shrink_to(std::size_t bytes) noexcept;
  void reset() noexcept { shrink_to(0); }

 private:
  SharedBudget budget_;
  std::size_t bytes_ = 0;
};

// The same tensor; the charge ends with its last copy.
Tensor with_charge(const Tensor& tensor, MemoryCharge charge);
// As Tensor::allocate, once its bytes are charged.
Tensor allocate_charged(TensorType type, const SharedBudget& budget);

}  // namespace tandem::base
