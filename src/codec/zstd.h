// Zstandard, one frame without size and checksum for each chunk. Contexts are kept, one for each thread. For codec's
// own sources.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace tandem::codec {

inline constexpr int kBestZstdLevel = 19;  // higher ones ask the receiver for more memory

std::size_t zstd_bound(std::size_t size);
void zstd_append(std::span<const std::byte> bytes, int level, std::vector<std::byte>& out);

// Throws Error(InvalidInput), naming the codec, unless the bytes decompress to exactly as many as `to` has.
void zstd_read(std::span<const std::byte> bytes, std::string_view codec, std::span<std::byte> to);

}  // namespace tandem::codec
