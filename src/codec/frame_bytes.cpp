#include "codec/frame_bytes.h"

#include <fmt/format.h>

namespace tandem::codec {

void fail_frame(base::ErrorKind kind, const std::string& message) {
  throw base::Error(kind, "encoded tensor: " + message);
}

void fail_frame(const std::string& message) {
  fail_frame(base::ErrorKind::InvalidInput, message);
}

std::size_t varint_bytes(std::uint64_t value) {
  std::size_t count = 1;
  for (; value >= 0x80; value >>= 7) ++count;
  return count;
}

std::byte* store_varint(std::uint64_t value, std::byte* to) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<std::byte>(value | 0x80);
  *to++ = static_cast<std::byte>(value);
  return to;
}

void append_varint(std::uint64_t value, std::vector<std::byte>& out) {
  out.resize(out.size() + varint_bytes(value));
  store_varint(value, out.data() + out.size() - varint_bytes(value));
}

std::span<const std::byte> FrameReader::take(std::size_t count, const char* what) {
  if (count > left()) fail_frame(fmt::format("ends within its {}: {} bytes left, expected {}", what, left(), count));
  position_ += count;
  return bytes_.subspan(position_ - count, count);
}

std::uint8_t FrameReader::byte(const char* what) {
  return std::to_integer<std::uint8_t>(take(1, what)[0]);
}

std::uint64_t FrameReader::varint(const char* what) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 63; shift += 7) {
    const std::uint8_t next = byte(what);
    value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
    if (next < 0x80) return value;
  }
  fail_frame(fmt::format("{}: a number of more than 9 bytes", what));
}

std::string FrameReader::text(std::size_t size, const char* what) {
  const auto bytes = take(size, what);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace tandem::codec
