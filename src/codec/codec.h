// How a tensor that crosses a link is encoded. A codec is opened from its description: the bytes that both ends hold, a
// few words for most, and what was fitted on calibration data for some. It works chunk by chunk, so that encoding,
// sending and decoding may overlap; frame.h puts chunks together. All codecs are immutable and thread-safe.
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
  // open() makes the same codec of it. Text, but for codecs that carry fitted tables.
  virtual const std::string& description() const = 0;
  // The first four bytes of the description's SHA-256, the first the highest: by which frames know it.
  std::uint32_t fingerprint() const;

  // Throws Error(Unsupported), naming the codec and what it takes, for a tensor that it cannot encode.
  virtual void check(const base::TensorType& type) const = 0;
  // Whether all of a tensor is one chunk (pictures).
  virtual bool takes_whole() const { return false; }
  // The most bytes that encode() appends for a chunk of so many elements.
  virtual std::size_t worst_case_bytes(const base::TensorType& type, Chunk chunk) const = 0;

  // Appends the chunk's encoding to `out`. The tensor's type has passed check().
  virtual void encode(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) const = 0;
  // Writes the chunk's elements into `tensor`, whose type has passed check(). The same bytes give the same values on
  // every machine. Throws Error(InvalidInput) on bytes that encode() cannot have made, where it notices; it never reads
  // or writes beyond the chunk, and allocates no more than a few times the chunk's own size.
  virtual void decode(std::span<const std::byte> bytes, Chunk chunk, base::Tensor& tensor) const = 0;

 private:
  mutable std::atomic<std::uint64_t> fingerprint_ = 0;  // once it was asked for: 2^32 and it
};

// Throws Error(InvalidInput) on a description that is malformed or of no codec, listing the names. Descriptions come
// from peers and files: every length in them is checked.
std::shared_ptr<const Codec> open(std::string_view description);
inline constexpr std::size_t kMostDescriptionBytes = 8u << 20;

// Those that need no fitting, as users may ask for them: "fp16", "jalad bits=3", …; with a line that explains each.
struct Listing {
  std::string description;
  std::string meaning;
};
std::vector<Listing> listings();

// By which plans and tables name a codec: its name and parameters, and, where the description holds more, the first
// eight digits of its SHA-256. "raw" is no codec's.
std::string id_of(const Codec& codec);

}  // namespace tandem::codec
