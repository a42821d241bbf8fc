#include "codec/codec.h"

#include <charconv>

#include <fmt/format.h>

#include "base/digest.h"

namespace tandem::codec {
namespace {

std::string short_name(const Codec& codec) {
  const std::string parameters = codec.parameters();
  return parameters.empty() ? codec.name() : codec.name() + " " + parameters;
}

}  // namespace

std::uint32_t Codec::fingerprint() const {
  constexpr std::uint64_t kIsKnown = std::uint64_t{1} << 32;
  std::uint64_t known = fingerprint_.load(std::memory_order_relaxed);
  if (known == 0) {
    const std::string digest = base::digest_of(description());
    std::uint32_t first = 0;
    std::from_chars(digest.data(), digest.data() + 8, first, 16);
    known = kIsKnown | first;
    fingerprint_.store(known, std::memory_order_relaxed);
  }
  return static_cast<std::uint32_t>(known);
}

std::string id_of(const Codec& codec) {
  const std::string id = short_name(codec);
  return codec.description() == id ? id : fmt::format("{} {:08x}", id, codec.fingerprint());
}

}  // namespace tandem::codec
