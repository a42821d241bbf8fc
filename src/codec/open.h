// All codecs: opened from a description, or listed for people. Used wherever tensors are encoded; the codecs themselves
// do not include it. Thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/codec.h"

namespace tandem::codec {

// Throws Error(InvalidInput) on a description that is malformed or of no codec, listing the names. Descriptions come
// from peers and files: every length in them is checked.
std::shared_ptr<const Codec> open(std::string_view description);
inline constexpr std::size_t kMostDescriptionBytes = 8u << 20;

// Descriptions of codecs that need no fitting ("fp16", "jalad bits=3", …), each with a line that explains it.
struct Listing {
  std::string description;
  std::string meaning;
};
std::vector<Listing> listings();

}  // namespace tandem::codec
