#include "codec/open.h"

#include <fmt/format.h>

#include "base/error.h"
#include "codec/klevel.h"
#include "codec/klevel_tables.h"
#include "codec/simple.h"

namespace tandem::codec {
namespace {

struct Family {
  std::string_view name;
  CodecPointer (*open)(const Description& description);
};

constexpr Family kFamilies[] = {
    {"fp32", open_fp32},         {"fp16", open_fp16},           {"int8", open_int8},
    {"jalad", open_jalad},       {"int8+zstd", open_int8_zstd}, {"int8+lz4", open_int8_lz4},
    {"lossless", open_lossless}, {"uint8", open_uint8},         {"png", open_png},
    {"jpeg", open_jpeg},
};
constexpr std::string_view kKlevel = "klevel";

std::string names() {
  std::string names{kKlevel};
  for (const Family& family : kFamilies) names += fmt::format(", {}", family.name);
  return names;
}

CodecPointer open_simple(std::string_view description) {
  const std::string_view name = description.substr(0, description.find(' '));
  for (const Family& family : kFamilies) {
    if (family.name == name) return family.open(Description(description));
  }
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("codec '{}': no such codec, expected one of {}", name.substr(0, 40), names()));
}

}  // namespace

std::shared_ptr<const Codec> open(std::string_view description) {
  if (description.size() > kMostDescriptionBytes) {
    throw base::Error(base::ErrorKind::InvalidInput, fmt::format("codec description: {} bytes, expected at most {}",
                                                                 description.size(), kMostDescriptionBytes));
  }
  if (description.starts_with(kKLevelPrefix)) return open_klevel(description);
  return open_simple(description);
}

std::vector<Listing> listings() {
  std::vector<Listing> list = {
      {"fp32", "as it is; any element type"},          {"fp16", "half precision"},
      {"int8", "8 bits, each chunk by its own range"}, {"int8+zstd level=3", "8 bits, then Zstandard"},
      {"int8+lz4", "8 bits, then LZ4, as SPINN does"},
  };
  for (int bits = 1; bits <= 8; ++bits) {
    list.push_back({fmt::format("jalad bits={}", bits),
                    fmt::format("{} levels from least to greatest, then Huffman, as JALAD does", 1 << bits)});
  }
  list.push_back({"lossless level=3", "bytes shuffled, then Zstandard; any element type"});
  list.push_back({"png", "a picture, without loss"});
  for (const int quality : {50, 75, 90, 95}) {
    list.push_back({fmt::format("jpeg quality={}", quality), "a picture"});
  }
  return list;
}

}  // namespace tandem::codec
