#include "input/orientation.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tandem::input {
namespace {

constexpr std::string_view kSignature("Exif\0\0", 6);
constexpr std::size_t kEntryBytes = 12;
constexpr std::size_t kValuePlace = 8;  // in an entry, after tag, type and count
constexpr unsigned kOrientationTag = 0x0112;
constexpr unsigned kShort = 3;  // a type: two bytes
constexpr unsigned kTiff = 42;

// Numbers of a TIFF structure, in its byte order; nullopt beyond its end.
class Numbers {
 public:
  Numbers(std::span<const std::byte> bytes, bool is_little_endian)
      : bytes_(bytes), is_little_endian_(is_little_endian) {}

  std::optional<std::uint32_t> at(std::size_t place, std::size_t size) const {
    if (place > bytes_.size() || size > bytes_.size() - place) return std::nullopt;
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t next = is_little_endian_ ? size - 1 - i : i;
      number = number << 8 | std::to_integer<std::uint32_t>(bytes_[place + next]);
    }
    return number;
  }
  std::optional<std::uint32_t> short_at(std::size_t place) const { return at(place, 2); }
  std::optional<std::uint32_t> long_at(std::size_t place) const { return at(place, 4); }

 private:
  std::span<const std::byte> bytes_;
  bool is_little_endian_;
};

bool begins_with(std::span<const std::byte> bytes, std::string_view text) {
  return bytes.size() >= text.size() && std::ranges::equal(bytes.first(text.size()), std::as_bytes(std::span(text)));
}

// The value in the first directory of a TIFF structure.
std::optional<std::uint32_t> orientation_in(const Numbers& numbers) {
  if (numbers.short_at(2) != kTiff) return std::nullopt;
  const auto directory = numbers.long_at(4);
  const auto count = directory ? numbers.short_at(*directory) : std::nullopt;
  for (std::uint32_t i = 0; count && i < *count; ++i) {
    const std::size_t entry = std::size_t{*directory} + 2 + kEntryBytes * i;
    const auto tag = numbers.short_at(entry);
    if (!tag) return std::nullopt;
    if (tag == kOrientationTag)
      return numbers.short_at(entry + 2) == kShort ? numbers.short_at(entry + kValuePlace) : std::nullopt;
  }
  return std::nullopt;
}

// Where a pixel of the upright picture lies in the stored one.
struct Place {
  std::size_t y = 0;
  std::size_t x = 0;
};

Place stored_place(Orientation orientation, Place seen, std::size_t height, std::size_t width) {
  const auto number = static_cast<int>(orientation);
  Place stored = number > 4 ? Place{seen.x, seen.y} : seen;
  using enum Orientation;
  if (orientation == Mirrored || orientation == UpsideDown || orientation == Transversed || orientation == Left)
    stored.x = width - 1 - stored.x;
  if (orientation == UpsideDown || orientation == Flipped || orientation == Right || orientation == Transversed)
    stored.y = height - 1 - stored.y;
  return stored;
}

}  // namespace

Orientation exif_orientation(std::span<const std::byte> marker) {
  if (!begins_with(marker, kSignature)) return Orientation::Upright;
  const auto tiff = marker.subspan(kSignature.size());
  const bool is_little_endian = begins_with(tiff, "II");
  if (!is_little_endian && !begins_with(tiff, "MM")) return Orientation::Upright;
  const std::uint32_t value = orientation_in(Numbers(tiff, is_little_endian)).value_or(1);
  return value >= 1 && value <= 8 ? static_cast<Orientation>(value) : Orientation::Upright;
}

base::Tensor upright(const base::Tensor& stored, Orientation orientation) {
  if (orientation == Orientation::Upright) return stored;
  const auto height = static_cast<std::size_t>(stored.shape()[0]);
  const auto width = static_cast<std::size_t>(stored.shape()[1]);
  const bool is_turned = static_cast<int>(orientation) > 4;
  const Place size = is_turned ? Place{width, height} : Place{height, width};
  base::Tensor seen = base::Tensor::allocate(
      {base::ElementType::UInt8, {static_cast<std::int64_t>(size.y), static_cast<std::int64_t>(size.x), 3}});
  const auto from = stored.values<unsigned char>();
  auto* next = seen.mutable_values<unsigned char>().data();
  for (std::size_t y = 0; y < size.y; ++y) {
    for (std::size_t x = 0; x < size.x; ++x, next += 3) {
      const Place place = stored_place(orientation, {y, x}, height, width);
      std::copy_n(from.data() + 3 * (place.y * width + place.x), 3, next);
    }
  }
  return seen;
}

}  // namespace tandem::input
