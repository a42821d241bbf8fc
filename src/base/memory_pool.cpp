#include "base/memory_pool.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::base {
namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kKeptPerSize = 8;
constexpr std::size_t kFreeShare = 4;  // at most a fourth of the budget lies free

}  // namespace

struct MemoryPool::Store {
  // In front of a block.
  struct alignas(64) Head {
    std::size_t bytes = 0;
    std::shared_ptr<Store> store;  // while the block is in use
  };

  Store(SharedBudget its_budget, std::size_t its_most_free)
      : budget(std::move(its_budget)),
        most_free(budget == nullptr ? its_most_free : std::min(its_most_free, budget->bytes() / kFreeShare)) {
    if (budget == nullptr) return;
    spare.emplace(*budget, [this] { release_free(); });
  }
  ~Store() {
    spare.reset();
    release_free();
  }

  Head* take(std::size_t bytes) {
    if (Head* const known = take_free(bytes)) return known;
    const std::size_t whole = sizeof(Head) + bytes;
    if (budget != nullptr) budget->take(whole, "the computation");
    void* const memory = ::operator new(whole, kAlignment, std::nothrow);
    if (memory != nullptr) return new (memory) Head{bytes, nullptr};
    if (budget != nullptr) budget->give_back(whole);
    throw Error(ErrorKind::ResourceExhausted, fmt::format("the system has no memory for {} bytes", bytes));
  }

  Head* take_free(std::size_t bytes) {
    const std::lock_guard lock(mutex);
    const auto found = free.find(bytes);
    if (found == free.end() || found->second.empty()) return nullptr;
    Head* const head = found->second.back();
    found->second.pop_back();
    free_bytes -= bytes;
    return head;
  }

  void give_back(Head* head) noexcept {
    {
      const std::lock_guard lock(mutex);
      auto& kept = free[head->bytes];
      if (kept.size() < kKeptPerSize && head->bytes <= most_free - free_bytes) {
        free_bytes += head->bytes;
        kept.push_back(head);
        return;
      }
    }
    release(head);
  }

  void release(Head* head) noexcept {
    if (budget != nullptr) budget->give_back(sizeof(Head) + head->bytes);
    head->~Head();
    ::operator delete(head, kAlignment);
  }

  void release_free() noexcept {
    std::map<std::size_t, std::vector<Head*>> all;
    {
      const std::lock_guard lock(mutex);
      all.swap(free);
      free_bytes = 0;
    }
    for (const auto& [size, heads] : all) std::ranges::for_each(heads, [&](Head* head) { release(head); });
  }

  const SharedBudget budget;
  const std::size_t most_free;
  std::mutex mutex;                                // guards the members below
  std::map<std::size_t, std::vector<Head*>> free;  // by size
  std::size_t free_bytes = 0;
  std::optional<MemoryBudget::Spare> spare;
};

MemoryPool::MemoryPool(SharedBudget budget, std::size_t most_free)
    : store_(std::make_shared<Store>(std::move(budget), most_free)) {}

MemoryPool::~MemoryPool() = default;

void* MemoryPool::take_block(std::size_t bytes) {
  Store::Head* const head = store_->take(bytes);
  head->store = store_;
  return head + 1;
}

void MemoryPool::give_back(void* block) noexcept {
  Store::Head* const head = static_cast<Store::Head*>(block) - 1;
  const std::shared_ptr<Store> store = std::move(head->store);
  store->give_back(head);
}

Tensor MemoryPool::take(TensorType type) {
  const std::size_t size = size_bytes(type);
  const std::shared_ptr<void> owner(take_block(size), give_back);
  return Tensor::view(std::move(type), owner, static_cast<std::byte*>(owner.get()), size);
}

void MemoryPool::release_free() noexcept {
  store_->release_free();
}

}  // namespace tandem::base
