// Room for packets on their way through emulated links, taken once: no allocation for each packet. Not thread-safe.
// Private to link/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "link/network_namespace.h"

namespace tandem::link {

class PacketPool {
 public:
  // Memory is used from the first use of each place on.
  explicit PacketPool(std::size_t packets)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(packets * kPacketBytes)), free_(packets) {
    std::iota(free_.rbegin(), free_.rend(), 0U);
  }

  std::optional<std::uint32_t> take() {
    if (free_.empty()) return std::nullopt;
    const std::uint32_t place = free_.back();
    free_.pop_back();
    return place;
  }
  void give_back(std::uint32_t place) { free_.push_back(place); }
  std::span<std::byte> at(std::uint32_t place) { return {bytes_.get() + place * kPacketBytes, kPacketBytes}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::vector<std::uint32_t> free_;  // those used last at the back
};

}  // namespace tandem::link
