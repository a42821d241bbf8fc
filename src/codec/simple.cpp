#include "codec/simple.h"

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::codec {

void SimpleCodec::check_float32(const base::TensorType& type) const {
  if (type.element == base::ElementType::Float32) return;
  throw base::Error(base::ErrorKind::Unsupported,
                    fmt::format("codec {}: takes float32, not {}", name_, base::name_of(type.element)));
}

void SimpleCodec::check_size(std::span<const std::byte> bytes, std::size_t expected) const {
  if (bytes.size() != expected) fail(fmt::format("a chunk of {} bytes, expected {}", bytes.size(), expected));
}

void SimpleCodec::fail(const std::string& message) const {
  throw base::Error(base::ErrorKind::InvalidInput, fmt::format("{}: {}", name_, message));
}

float scale_of(const Description& description) {
  return description.number("scale", 1e-30F, 1e30F);
}

ByteScale byte_scale_of(const Description& description) {
  return {scale_of(description), description.number("shift", -1e30F, 1e30F)};
}

std::string text_of(const ByteScale& bytes) {
  return fmt::format("scale={} shift={}", bytes.scale, bytes.shift);
}

}  // namespace tandem::codec
