// The file that a person gives as a model's input: a picture, or a tensor as it is. Thread-safe.
#pragma once

#include <filesystem>

#include "base/tensor.h"
#include "input/preprocess.h"

namespace tandem::input {

// A .npy file's tensor unchanged; a JPEG or PNG preprocessed. The content decides which, not the file's name. Throws
// what decode_npy and decode_image throw.
base::Tensor read_input(const std::filesystem::path& path, const Preprocessing& preprocessing);

}  // namespace tandem::input
