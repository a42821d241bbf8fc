// Conversion between libtorch's tensors and Tandem's. Both share the bytes, which live as long as either does.
// Private to train/.
#pragma once

#include <ATen/core/Tensor.h>

#include "base/tensor.h"

namespace tandem::train {

// Throws Error(Unsupported) on element types that libtorch lacks.
c10::ScalarType scalar_type_of(base::ElementType element);

at::Tensor to_torch(const base::Tensor& tensor);
base::Tensor from_torch(const at::Tensor& tensor);  // a copy when it is not contiguous

}  // namespace tandem::train
