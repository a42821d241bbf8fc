// The layout of a run message (docs/wire.md). Private to rpc/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "rpc/messages.h"

namespace tandem::rpc {

// magic[4] "TNDM", version u8, kind u8, whether pieces follow u8, a zero byte, header length u32, four zero bytes,
// payload length u64; little-endian.
inline constexpr std::size_t kPreludeBytes = 24;
inline constexpr std::size_t kVersionAt = 4;
inline constexpr std::size_t kKindAt = 5;
inline constexpr std::size_t kPiecesFollowAt = 6;
inline constexpr std::size_t kHeaderLengthAt = 8;
inline constexpr std::size_t kPayloadLengthAt = 16;
inline constexpr std::string_view kMagic = "TNDM";
inline constexpr std::uint8_t kVersion = 1;
enum class MessageKind : std::uint8_t { Request = 1, Reply = 2 };

// The payload, and each tensor in it, starts at a multiple of this.
inline constexpr std::size_t kAlignment = 64;
inline std::size_t aligned(std::size_t position) {
  return (position + kAlignment - 1) / kAlignment * kAlignment;
}

inline bool has_pieces_that_follow(std::span<const EncodedTensor> encoded) {
  return std::ranges::any_of(encoded, [](const EncodedTensor& tensor) { return tensor.pieces > 1; });
}

}  // namespace tandem::rpc
