// A codec: it encodes tensors for a link, and decodes them. open.h makes one from its description, the bytes that both
// ends hold: a few words for most, tables fitted on calibration data for some. A codec works chunk by chunk, so that
// encoding, sending and decoding may overlap; frame.h puts chunks together. All codecs are immutable and thread-safe.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor.h"
#include "codec/layout.h"

namespace tandem::codec {

class Codec {
 public:
  virtual ~Codec() = default;

  virtual std::string name() const = 0;        // "int8", the first word of the description
  virtual std::string parameters() const = 0;  // for people: "k=3"; empty: none
  // open() makes the same codec of it. Text, except for codecs with fitted tables.
  virtual const std::string& description() const = 0;
  // The first four bytes of the description's SHA-256, the first the highest: frames carry it.
  std::uint32_t fingerprint() const;

  // Throws Error(Unsupported), naming the codec and the types that it takes, for a tensor that it cannot encode.
  virtual void check(const base::TensorType& type) const = 0;
  // Whether all of a tensor is one chunk (pictures).
  virtual bool takes_whole() const { return false; }
  // Whether NaN and infinity arrive as such. Frames send a chunk that has one raw where they would not.
  virtual bool keeps_not_finite() const { return false; }
  // The most bytes that encode() appends for a chunk of a tensor of this type.
  virtual std::size_t worst_case_bytes(const base::TensorType& type, Chunk chunk) const = 0;

  // Appends the chunk's encoding to `out`. The tensor's type has passed check().
  virtual void encode(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) const = 0;
  // Writes the chunk's elements into `tensor`, whose type has passed check(). The same bytes give the same values on
  // every machine. Throws Error(InvalidInput) on bytes that encode() cannot have made, as far as it can tell; never
  // reads or writes beyond the chunk, and allocates at most a few times the chunk's size.
  virtual void decode(std::span<const std::byte> bytes, Chunk chunk, base::Tensor& tensor) const = 0;

 private:
  mutable std::atomic<std::uint64_t> fingerprint_ = 0;  // 0: not computed yet; else 2^32 + fingerprint
};

// The name of a codec in plans and tables: its name and parameters, and, where the description holds more, the first
// eight digits of its SHA-256. No codec's id is "raw".
std::string id_of(const Codec& codec);

}  // namespace tandem::codec
