// Recycles memory: a block takes the place of an earlier one of the same size. Used where the same sizes recur with
// every request. Blocks are charged to a budget for as long as they are held, free ones too; those are given up when
// the budget runs out. Thread-safe. Blocks and tensors may outlive the pool.
#pragma once

#include <cstddef>
#include <memory>

#include "base/memory_budget.h"
#include "base/tensor.h"

namespace tandem::base {

class MemoryPool {
 public:
  static constexpr std::size_t kNoLimit = ~std::size_t{0};

  // Keeps at most `most_free` bytes of free blocks, and at most a fourth of the budget.
  explicit MemoryPool(SharedBudget budget = {}, std::size_t most_free = kNoLimit);
  ~MemoryPool();
  MemoryPool(const MemoryPool&) = delete;
  MemoryPool& operator=(const MemoryPool&) = delete;

  // Uninitialised, aligned to 64. Throws Error(ResourceExhausted).
  void* take_block(std::size_t bytes);
  static void give_back(void* block) noexcept;  // of any pool
  Tensor take(TensorType type);                 // throws as size_bytes does, too
  void release_free() noexcept;                 // gives the free blocks back to the system

 private:
  struct Store;
  std::shared_ptr<Store> store_;
};

}  // namespace tandem::base
