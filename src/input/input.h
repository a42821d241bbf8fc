// Reads an input file for a model: a picture or a tensor. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>

#include "base/tensor.h"
#include "input/preprocess.h"

namespace tandem::input {

// A .npy file's tensor unchanged; a JPEG or PNG preprocessed, for which alone `preprocessing` is called. The content
// decides, not the file name. Throws as decode_npy and decode_image do.
base::Tensor read_input(const std::filesystem::path& path, const std::function<Preprocessing()>& preprocessing);

}  // namespace tandem::input
