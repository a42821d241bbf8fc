// The codecs whose frames codec_fuzz.cpp damages. Private to codec/ and its fuzz program.
//
// An input is one byte, then a frame; or, where the byte is 128 or more, a chunk of a tensor of the codec's chunk_type.
// The byte modulo 128, modulo the number of codecs, chooses the codec. After kDescription, a description follows.
#pragma once

#include <memory>
#include <vector>

#include "base/tensor.h"
#include "codec/codec.h"

namespace tandem::codec {

inline constexpr unsigned char kDescription = 127;

struct FuzzedCodec {
  std::shared_ptr<const Codec> codec;
  base::TensorType chunk_type;  // of one chunk
};
const std::vector<FuzzedCodec>& fuzzed_codecs();

}  // namespace tandem::codec
