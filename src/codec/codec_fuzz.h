// The codecs whose frames codec_fuzz.cpp damages. Private to codec/ and tests/fuzz/.
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
