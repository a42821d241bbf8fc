// Zstandard: one frame, without size and checksum, for each chunk. Each thread keeps a context. Thread-safe.
// Private to codec/.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace tandem::codec {

inline constexpr int kBestZstdLevel = 19;  // higher levels need more memory at the receiver

std::size_t zstd_bound(std::size_t size);
void zstd_append(std::span<const std::byte> bytes, int level, std::vector<std::byte>& out);

// Throws Error(InvalidInput), naming the codec, unless the bytes decompress to exactly `to.size()` bytes.
void zstd_read(std::span<const std::byte> bytes, std::string_view codec, std::span<std::byte> to);

}  // namespace tandem::codec
