// Recycles the memory of tensors: a tensor takes the memory of an earlier one of the same size. Used where the same
// sizes recur with every request. Thread-safe. Tensors may outlive the pool.
#pragma once

#include <memory>

#include "base/tensor.h"

namespace tandem::base {

class TensorPool {
 public:
  TensorPool();
  Tensor take(TensorType type);  // uninitialised; throws as Tensor::allocate does

 private:
  struct Store;
  std::shared_ptr<Store> store_;
};

}  // namespace tandem::base
