// Codecs that are described in a few words, and the functions that open them. Thread-safe.
// Private to codec/ and tests/codec_digests/.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "codec/affine.h"
#include "codec/codec.h"
#include "codec/description.h"

namespace tandem::codec {

class SimpleCodec : public Codec {
 public:
  std::string name() const override { return name_; }
  std::string parameters() const override { return parameters_; }
  const std::string& description() const override { return description_; }

 protected:
  explicit SimpleCodec(std::string name, std::string parameters = {})
      : name_(std::move(name)),
        parameters_(std::move(parameters)),
        description_(parameters_.empty() ? name_ : name_ + " " + parameters_) {}

  // Throws Error(Unsupported) for another element type.
  void check_float32(const base::TensorType& type) const;
  // Throws Error(InvalidInput) unless a chunk has the expected number of bytes.
  void check_size(std::span<const std::byte> bytes, std::size_t expected) const;
  // Throws Error(InvalidInput) about a chunk.
  [[noreturn]] void fail(const std::string& message) const;

 private:
  std::string name_;
  std::string parameters_;
  std::string description_;
};

// scale=: above 0. Throw Error(InvalidInput) as Description::number() does.
float scale_of(const Description& description);
ByteScale byte_scale_of(const Description& description);
std::string text_of(const ByteScale& bytes);  // "scale=0.0078125 shift=-1"

using CodecPointer = std::shared_ptr<const Codec>;

// "fp32": any element type, bytes as they are.
CodecPointer open_fp32(const Description& description);
// "fp16": float32 to the nearest binary16, half to even. NaN stays a NaN, a quiet one; beyond ±65504: infinity.
CodecPointer open_fp16(const Description& description);
// "int8": float32, each chunk by its own range (affine.h). "int8 scale=S zero=Z": the codes of ONNX's QuantizeLinear.
CodecPointer open_int8(const Description& description);
// "uint8 scale=S shift=T": float32 values that are bytes × S + T, as these bytes.
CodecPointer open_uint8(const Description& description);
// "jalad bits=C": float32 in 2^C levels from the least to the greatest value, then Huffman's code: Li et al., JALAD,
// IEEE ICPADS 2018, section III.
CodecPointer open_jalad(const Description& description);
// "int8+zstd level=L": int8's codes, compressed.
CodecPointer open_int8_zstd(const Description& description);
// "int8+lz4": int8's codes, compressed: Laskaridis et al., SPINN, ACM MobiCom 2020, section 4.
CodecPointer open_int8_lz4(const Description& description);
// "lossless level=L": any element type; all first bytes, all second bytes, …, compressed by zstd.
CodecPointer open_lossless(const Description& description);
// "png", "jpeg quality=Q": pictures, [1, 1 or 3, height, width], uint8; with "scale=S shift=T", float32: bytes × S + T.
CodecPointer open_png(const Description& description);
CodecPointer open_jpeg(const Description& description);

}  // namespace tandem::codec
