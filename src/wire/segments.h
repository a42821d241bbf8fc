// The bytes of a message, in several pieces of memory, as gRPC sends and receives them without copying. Used by wire
// and by rpc. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace tandem::wire {

// `owner` keeps the bytes alive; without one, the maker of the segment does, and sending copies them.
struct Segment {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
};
using Segments = std::vector<Segment>;

std::size_t size_of(std::span<const Segment> segments);

// The message in one piece: its only segment, or all of them copied to `storage`.
std::span<const std::byte> contiguous(const Segments& segments, std::vector<std::byte>& storage);

}  // namespace tandem::wire
