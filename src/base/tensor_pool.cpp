#include "base/tensor_pool.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <vector>

namespace tandem::base {
namespace {

constexpr std::size_t kKeptPerSize = 4;

}  // namespace

struct TensorPool::Store {
  std::mutex mutex;
  std::map<std::size_t, std::vector<Tensor>> free;  // by size in bytes

  Tensor take(const TensorType& type) {
    {
      const std::lock_guard lock(mutex);
      auto& tensors = free[size_bytes(type)];
      if (!tensors.empty()) {
        Tensor tensor = std::move(tensors.back());
        tensors.pop_back();
        return tensor;
      }
    }
    return Tensor::allocate(type);
  }

  void give_back(Tensor tensor) {
    const std::lock_guard lock(mutex);
    auto& tensors = free[tensor.size()];
    if (tensors.size() < kKeptPerSize) tensors.push_back(std::move(tensor));
  }
};

TensorPool::TensorPool() : store_(std::make_shared<Store>()) {}

Tensor TensorPool::take(TensorType type) {
  Tensor memory = store_->take(type);
  std::byte* const bytes = memory.mutable_bytes().data();
  const std::size_t size = memory.size();
  std::shared_ptr<void> owner(bytes, [memory = std::move(memory), store = store_](void*) { store->give_back(memory); });
  return Tensor::view(std::move(type), std::move(owner), bytes, size);
}

}  // namespace tandem::base
