// Tensors in files of their own, as ONNX's test data has them: one TensorProto each. Used by benchmarks and tests.
#pragma once

#include <filesystem>

#include "base/tensor.h"

namespace tandem::model {

// Throws Error(NotFound) without the file, Error(InvalidInput) when it is no tensor or its data does not fit its shape,
// Error(Unsupported) when its elements have no fixed size.
base::NamedTensor read_tensor_file(const std::filesystem::path& path);

}  // namespace tandem::model
