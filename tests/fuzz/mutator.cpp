#include "fuzz/mutator.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace tandem::fuzz {
namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t limit) {
  return limit == 0 ? 0 : random() % limit;
}

std::string random_bytes(Random& random, std::size_t count) {
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// Lengths and counts as protobuf, little-endian and big-endian formats and text write them.
std::string giant_number(Random& random) {
  static const std::array<std::string, 12> kGiants = {
      std::string("\xff\xff\xff\xff\x0f"),
      std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
      std::string("\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
      std::string("\x80\x80\x80\x80\x08"),
      std::string("\xff\xff\xff\xff"),
      std::string("\xff\xff\xff\x7f"),
      std::string("\x7f\xff\xff\xff"),
      std::string("\0\0\0\0\1\0\0\0", 8),
      std::string("\0\0\0\0", 4),
      std::string("99999999999999999999"),
      std::string("-9223372036854775808"),
      std::string("1e999"),
  };
  return kGiants[below(random, kGiants.size())];
}

void overwrite(std::string& input, std::size_t at, const std::string& bytes) {
  input.replace(at, std::min(bytes.size(), input.size() - at), bytes);
}

}  // namespace

void Mutator::change_in_place(std::string& input, Random& random) const {
  if (input.empty()) return;
  const std::size_t at = below(random, input.size());
  switch (below(random, 3)) {
    case 0:
      input[at] = static_cast<char>(input[at] ^ (1 << below(random, 8)));
      return;
    case 1:
      return overwrite(input, at, random_bytes(random, 1 + below(random, 4)));
    default:
      return overwrite(input, at, giant_number(random));
  }
}

void Mutator::change_length(std::string& input, Random& random) const {
  const std::size_t at = below(random, input.size() + 1);
  const std::size_t length = 1 + below(random, std::min<std::size_t>(64, input.size() + 1));
  switch (below(random, 6)) {
    case 0:
      return input.resize(at);
    case 1:
      input.insert(at, random_bytes(random, length));
      return;
    case 2:
      input.erase(at, length);
      return;
    case 3:
      input.insert(at, input.substr(below(random, input.size() + 1), length));
      return;
    case 4:
      input.insert(at, giant_number(random));
      return;
    default: {
      const std::string& other = corpus_[below(random, corpus_.size())];
      input = input.substr(0, at) + other.substr(below(random, other.size() + 1));
    }
  }
}

std::string Mutator::make(Random& random) const {
  if (below(random, 64) == 0) return random_bytes(random, below(random, 300));
  std::string input = corpus_[below(random, corpus_.size())];
  const std::size_t changes = 1 + below(random, 4);
  // Formats that nest by length break with it, and are refused at the door: half of the inputs keep theirs.
  const bool keeps_length = below(random, 2) == 0;
  for (std::size_t i = 0; i < changes; ++i) {
    if (keeps_length || below(random, 3) == 0) {
      change_in_place(input, random);
    } else {
      change_length(input, random);
    }
  }
  return input;
}

}  // namespace tandem::fuzz
