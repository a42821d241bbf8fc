#include "plan/import/bytes.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>

#include "plan/import/parts.h"

namespace tandem::plan {

void Bytes::fail(const std::string& what) const {
  refuse(fmt::format("{}, byte {}", path_, at_), what);
}

std::string_view Bytes::take(std::size_t count) {
  if (count > bytes_.size() - at_) fail(fmt::format("{} more bytes are needed, found {}", count, bytes_.size() - at_));
  at_ += count;
  return bytes_.substr(at_ - count, count);
}

std::string_view Bytes::line() {
  const std::size_t end = bytes_.find('\n', at_);
  if (end == std::string_view::npos) fail("a line without an end");
  const std::string_view text = take(end - at_);
  take(1);
  return text;
}

std::uint64_t Bytes::unsigned_of(std::size_t count) {
  if (count > 8) fail(fmt::format("an integer of {} bytes, expected at most 8", count));
  std::uint64_t value = 0;
  const std::string_view bytes = take(count);
  for (std::size_t i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::int64_t Bytes::signed_of(std::size_t count) {
  if (count == 0) return 0;
  const std::uint64_t value = unsigned_of(count);
  const std::size_t shift = 8 * (8 - count);
  return static_cast<std::int64_t>(value << shift) >> shift;
}

double Bytes::big_endian_double() {
  std::uint64_t bits = 0;
  for (const char byte : take(8)) bits = bits << 8 | static_cast<unsigned char>(byte);
  return std::bit_cast<double>(bits);
}

double Bytes::number_line() {
  const std::string_view text = line();
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size())
    fail(fmt::format("expected a number, found '{}'", text.substr(0, 60)));
  return value;
}

}  // namespace tandem::plan
