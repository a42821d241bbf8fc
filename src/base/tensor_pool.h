// Memory for tensors whose sizes come again and again: what a tensor leaves behind is used for the next of its size.
// Thread-safe. Tensors may outlive the pool.
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
