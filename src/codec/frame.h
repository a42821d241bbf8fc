// The frame: an encoded tensor on the wire or in a file (docs/wire.md, "Encoded tensors"). Its head has the version,
// the codec and the type of the tensor; then its chunks follow. A chunk whose NaN or infinity the codec would change is
// raw. A frame is made and read in pieces, one for each chunk, which may be sent one by one. Used by agent and tune.
// One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/tensor.h"
#include "codec/codec.h"

namespace tandem::codec {

class Encoder {
 public:
  // Throws as Codec::check() does.
  Encoder(std::shared_ptr<const Codec> codec, base::Tensor tensor);
  std::size_t piece_count() const { return chunks_.size(); }
  // Appends the next piece to `out`. Returns false, and appends nothing, after the last one.
  bool next(std::vector<std::byte>& out);

 private:
  std::shared_ptr<const Codec> codec_;
  base::Tensor tensor_;
  std::vector<Chunk> chunks_;
  std::size_t done_ = 0;
};

class Decoder {
 public:
  // Accepts a frame of this codec and type, and no other.
  Decoder(std::shared_ptr<const Codec> codec, base::TensorType expected);
  // Accepts a frame of this codec and of any type that takes at most `limit_bytes` decoded.
  Decoder(std::shared_ptr<const Codec> codec, std::size_t limit_bytes);

  // Decodes whole pieces, one or several, in their order. The tensor is allocated once the head has been checked.
  // Throws Error(InvalidInput) or Error(ResourceExhausted) with the value found and the one expected; do not use the
  // decoder after that.
  void take(std::span<const std::byte> pieces);
  bool is_complete() const { return has_head_ && done_ == chunks_.size(); }
  // Throws Error(InvalidInput) unless complete.
  base::Tensor finish();

 private:
  std::size_t read_head(std::span<const std::byte> bytes);
  std::size_t read_chunk(std::span<const std::byte> bytes);

  std::shared_ptr<const Codec> codec_;
  base::TensorType expected_;
  std::size_t limit_bytes_ = 0;
  base::Tensor tensor_;
  std::vector<Chunk> chunks_;
  std::size_t done_ = 0;
  bool has_head_ = false;
};

std::vector<std::byte> encode(const std::shared_ptr<const Codec>& codec, const base::Tensor& tensor);
base::Tensor decode(const std::shared_ptr<const Codec>& codec, std::span<const std::byte> frame,
                    std::size_t limit_bytes);

// The head of a frame, which can be read without its codec. Throws as Decoder::take() does.
struct FrameHead {
  std::string codec;              // its name
  std::uint32_t fingerprint = 0;  // of its description
  base::TensorType type;
  std::size_t chunk_count = 0;
  std::size_t head_bytes = 0;
};
FrameHead read_frame_head(std::span<const std::byte> frame);

}  // namespace tandem::codec
