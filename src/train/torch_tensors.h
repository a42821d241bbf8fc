// For train's own sources: the same bytes, seen by libtorch or by the rest of Tandem; whichever lives longer keeps
// them.
#pragma once

#include <ATen/core/Tensor.h>

#include "base/tensor.h"

namespace tandem::train {

// Throws Error(Unsupported) on element types that libtorch lacks.
c10::ScalarType scalar_type_of(base::ElementType element);

at::Tensor to_torch(const base::Tensor& tensor);
base::Tensor from_torch(const at::Tensor& tensor);  // a copy, where it is not contiguous

}  // namespace tandem::train
