#include "rpc/echo.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

namespace tandem::rpc {
namespace {

constexpr std::size_t kHeadBytes = sizeof(std::uint64_t);

}  // namespace

wire::Segments filler(std::size_t size) {
  static const auto bytes = std::make_shared<const std::vector<std::byte>>(64 << 10);
  wire::Segments segments;
  for (std::size_t done = 0; done < size; done += segments.back().bytes.size()) {
    segments.push_back({bytes, std::span(*bytes).first(std::min(bytes->size(), size - done))});
  }
  return segments;
}

wire::Segments encode_echo(std::size_t payload_bytes, std::size_t reply_bytes) {
  auto head = std::make_shared<std::array<std::byte, kHeadBytes>>();
  for (std::size_t i = 0; i < kHeadBytes; ++i)
    (*head)[i] = static_cast<std::byte>(std::uint64_t{reply_bytes} >> (8 * i));
  const std::span<const std::byte> bytes(*head);
  wire::Segments message = filler(payload_bytes);
  message.insert(message.begin(), {std::move(head), bytes});
  return message;
}

base::Result<std::size_t> decode_echo(const wire::Segments& message, const Limits& limits) {
  std::uint64_t reply_bytes = 0;
  std::size_t count = 0;
  for (const wire::Segment& segment : message) {
    for (std::size_t i = 0; i < segment.bytes.size() && count < kHeadBytes; ++i, ++count) {
      reply_bytes |= std::to_integer<std::uint64_t>(segment.bytes[i]) << (8 * count);
    }
  }
  if (count < kHeadBytes || reply_bytes > limits.message_bytes) {
    return base::Error(base::ErrorKind::InvalidInput,
                       fmt::format("echo: {} reply bytes, expected at most {}", reply_bytes, limits.message_bytes));
  }
  return static_cast<std::size_t>(reply_bytes);
}

}  // namespace tandem::rpc
