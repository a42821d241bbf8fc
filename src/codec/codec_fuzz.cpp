// Decodes arbitrary bytes as a frame, a chunk or a description. Tensors that result are encoded and decoded again.
#include "codec/codec_fuzz.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/error.h"
#include "codec/frame.h"
#include "codec/open.h"
#include "codec/test_klevel.h"

namespace tandem::codec {
namespace {

// Two chunks of bytes, and more than most seeds hold.
constexpr std::size_t kLimitBytes = std::size_t{256} << 10;

void require(bool holds) {
  if (!holds) std::abort();
}

FuzzedCodec simple(const char* description) {
  FuzzedCodec fuzzed{open(description), {base::ElementType::Float32, {1, 3, 5, 7}}};
  if (fuzzed.codec->name() == "lossless") fuzzed.chunk_type.element = base::ElementType::Int32;
  return fuzzed;
}

FuzzedCodec fitted(double step, const base::Shape& shape) {
  return {open(sample_klevel_description(step, shape)), {base::ElementType::Float32, shape}};
}

std::vector<FuzzedCodec> open_all() {
  std::vector<FuzzedCodec> codecs;
  for (const char* const description :
       {"fp32", "fp16", "int8", "int8 scale=0.01 zero=12", "uint8 scale=0.03125 shift=-1", "jalad bits=1",
        "jalad bits=3", "jalad bits=8", "int8+zstd", "int8+lz4", "lossless", "png scale=0.5 shift=-3",
        "jpeg quality=80 scale=0.5 shift=-3"}) {
    codecs.push_back(simple(description));
  }
  // From many levels to few; the last is large enough for planes that are decoded in step.
  for (const double step : {0.02, 0.3, 1.0, 3.0}) codecs.push_back(fitted(step, {1, 6, 5, 7}));
  codecs.push_back(fitted(1, {1, 4, 64, 64}));
  return codecs;
}

// An exception here is a bug: every decoded tensor can be encoded.
void encode_again(const std::shared_ptr<const Codec>& codec, const base::Tensor& tensor) {
  try {
    const base::Tensor again = decode(codec, encode(codec, tensor), kLimitBytes);
    require(again.type() == tensor.type());
    const bool is_lossless = codec->name() == "fp32" || codec->name() == "lossless";
    require(!is_lossless || std::ranges::equal(again.bytes(), tensor.bytes()));
  } catch (const base::Error&) {
    std::abort();
  }
}

void take_frame(const std::shared_ptr<const Codec>& codec, std::span<const std::byte> frame) {
  encode_again(codec, decode(codec, frame, kLimitBytes));
}

base::Tensor chunk_decoded_over(std::byte background, const FuzzedCodec& fuzzed, std::span<const std::byte> chunk) {
  base::Tensor tensor = base::Tensor::allocate(fuzzed.chunk_type);
  std::ranges::fill(tensor.mutable_bytes(), background);
  fuzzed.codec->decode(chunk, {0, layout_of(tensor.shape()).planes}, tensor);
  return tensor;
}

// Every element must be written, and depend on the bytes alone.
void take_chunk(const FuzzedCodec& fuzzed, std::span<const std::byte> chunk) {
  const base::Tensor tensor = chunk_decoded_over(std::byte{0}, fuzzed, chunk);
  require(std::ranges::equal(tensor.bytes(), chunk_decoded_over(std::byte{0x55}, fuzzed, chunk).bytes()));
  encode_again(fuzzed.codec, tensor);
}

// A codec that opens must have the description that it was opened from, and encode the tensors that it accepts.
void take_description(std::string_view description) {
  const auto codec = open(description);
  try {
    require(open(codec->description())->description() == codec->description());
  } catch (const base::Error&) {
    std::abort();
  }
  const base::TensorType type{base::ElementType::Float32, {1, 6, 5, 7}};
  codec->check(type);
  base::Tensor tensor = base::Tensor::allocate(type);
  for (std::size_t i = 0; i < tensor.size() / 4; ++i) tensor.mutable_values<float>()[i] = static_cast<float>(i % 7);
  encode_again(codec, tensor);
}

}  // namespace

const std::vector<FuzzedCodec>& fuzzed_codecs() {
  static const auto codecs = open_all();
  return codecs;
}

}  // namespace tandem::codec

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem::codec;
  if (size == 0) return 0;
  const FuzzedCodec& fuzzed = fuzzed_codecs()[data[0] % 128 % fuzzed_codecs().size()];
  const auto rest = std::as_bytes(std::span(data, size)).subspan(1);
  try {
    if (data[0] == kDescription) {
      take_description({reinterpret_cast<const char*>(rest.data()), rest.size()});
      return 0;
    }
    data[0] < 128 ? take_frame(fuzzed.codec, rest) : take_chunk(fuzzed, rest);
  } catch (const tandem::base::Error&) {
  }
  return 0;
}
