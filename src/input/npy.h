// Reads and writes NumPy's .npy files: one array, with its type and shape. Format versions 1 to 3 (numpy.lib.format).
// Thread-safe.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "base/tensor.h"

namespace tandem::input {

bool is_npy(std::span<const std::byte> bytes);

// Booleans, integers of 8 to 64 bits and floats of 16 to 64, little-endian; an array in Fortran order is converted to C
// order. Throws Error(InvalidInput), which begins with `source`, for a wrong header or length (bytes after the array
// too), Error(Unsupported) for big-endian data and other element types.
base::Tensor decode_npy(std::span<const std::byte> bytes, const std::string& source);

// The same for a file of at most `limit_bytes`. Throws also Error(NotFound).
base::Tensor read_npy(const std::filesystem::path& path, std::size_t limit_bytes = std::size_t{1} << 30);

// Version 1, C order. Throws Error(Unsupported) for element types that NumPy does not have (bfloat16, strings).
std::string encode_npy(const base::Tensor& tensor);
void write_npy(const std::filesystem::path& path, const base::Tensor& tensor);

}  // namespace tandem::input
