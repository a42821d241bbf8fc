// Encoded tensors and descriptions for src/codec/codec_fuzz.cpp.
#include <random>

#include "base/error.h"
#include "codec/codec_fuzz.h"
#include "codec/frame.h"
#include "codec/open.h"
#include "fuzz/fuzz.h"
#include "fuzz/memory_limit.h"

namespace {

using namespace tandem;

// Half of the elements are 0, the others small; the first of floats sometimes no number.
base::Tensor small_values(const base::TensorType& type, std::uint32_t seed) {
  base::Tensor tensor = base::Tensor::allocate(type);
  std::mt19937 random(seed);
  std::ranges::fill(tensor.mutable_bytes(), std::byte{0});
  if (type.element == base::ElementType::Float32) {
    for (float& value : tensor.mutable_values<float>()) value = random() % 2 == 0 ? 0 : random() % 100 * 0.0625F;
    if (tensor.size() != 0 && seed % 3 == 0) tensor.mutable_values<std::uint32_t>()[0] = 0x7f800001;
  } else {
    for (std::byte& byte : tensor.mutable_bytes().first(std::min<std::size_t>(64, tensor.size()))) {
      byte = static_cast<std::byte>(random() % 4);
    }
  }
  return tensor;
}

std::string seed_of(std::size_t index, bool is_chunk, std::span<const std::byte> bytes) {
  std::string seed(1, static_cast<char>(is_chunk ? 128 + index : index));
  return seed.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::vector<base::TensorType> types_for(const codec::FuzzedCodec& fuzzed) {
  const codec::Codec& codec = *fuzzed.codec;
  std::vector<base::TensorType> types = {fuzzed.chunk_type};
  for (const auto element : {base::ElementType::Float32, base::ElementType::UInt8, base::ElementType::Int64}) {
    types.push_back({element, {4}});
    types.push_back({element, {1, 1, 2, 9}});
  }
  types.push_back({base::ElementType::Float32, {}});
  types.push_back({base::ElementType::Float32, {0}});
  // Two chunks, where they come to a few bytes.
  if (codec.name() == "lossless") types.push_back({base::ElementType::UInt8, {1, 2, 256, 256}});
  std::erase_if(types, [&](const base::TensorType& type) {
    try {
      codec.check(type);
      return false;
    } catch (const base::Error&) {
      return true;
    }
  });
  return types;
}

void add_frames(const codec::FuzzedCodec& fuzzed, std::size_t index, std::vector<std::string>& seeds) {
  std::uint32_t seed = 0;
  for (const base::TensorType& type : types_for(fuzzed)) {
    seeds.push_back(seed_of(index, false, encode(fuzzed.codec, small_values(type, seed++))));
  }
}

// Several: their bytes are where the codecs differ.
void add_chunks(const codec::FuzzedCodec& fuzzed, std::size_t index, std::vector<std::string>& seeds) {
  const base::TensorType& type = fuzzed.chunk_type;
  for (std::uint32_t seed = 0; seed < 6; ++seed) {
    std::vector<std::byte> bytes;
    fuzzed.codec->encode(small_values(type, seed), {0, codec::layout_of(type.shape).planes}, bytes);
    seeds.push_back(seed_of(index, true, bytes));
  }
}

}  // namespace

std::vector<std::string> tandem::fuzz::seeds() {
  std::vector<std::string> seeds;
  for (std::size_t i = 0; i < codec::fuzzed_codecs().size(); ++i) {
    reset_allocated_bytes();
    add_frames(codec::fuzzed_codecs()[i], i, seeds);
    add_chunks(codec::fuzzed_codecs()[i], i, seeds);
    seeds.push_back(static_cast<char>(codec::kDescription) + codec::fuzzed_codecs()[i].codec->description());
  }
  return seeds;
}
