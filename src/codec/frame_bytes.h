// The bytes of frames: numbers of any length, and a reader that never reads beyond the end. Private to codec/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"

namespace tandem::codec {

// Throw an error about an encoded tensor; InvalidInput without a kind.
[[noreturn]] void fail_frame(base::ErrorKind kind, const std::string& message);
[[noreturn]] void fail_frame(const std::string& message);

// Seven bits a byte, the lowest first; the highest bit says that more follow. At most 9 bytes.
std::size_t varint_bytes(std::uint64_t value);
std::byte* store_varint(std::uint64_t value, std::byte* to);  // returns the place behind it
void append_varint(std::uint64_t value, std::vector<std::byte>& out);

// Its functions throw Error(InvalidInput), naming `what`, where the bytes end too early.
class FrameReader {
 public:
  explicit FrameReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t position() const { return position_; }
  std::size_t left() const { return bytes_.size() - position_; }
  std::span<const std::byte> take(std::size_t count, const char* what);
  std::uint8_t byte(const char* what);
  std::uint64_t varint(const char* what);
  std::string text(std::size_t size, const char* what);

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

}  // namespace tandem::codec
