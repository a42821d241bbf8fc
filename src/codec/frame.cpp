#include "codec/frame.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "codec/elements.h"
#include "codec/finite.h"
#include "codec/frame_bytes.h"

namespace tandem::codec {
namespace {

using base::ErrorKind;

// magic[2] "TC", version u8, name's length u8, name, fingerprint u32 (big-endian), then varints: element type, rank,
// dimensions, chunks. A chunk: its length as a varint, its bytes; or kRaw as a varint, its elements.
constexpr std::string_view kMagic = "TC";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMostNameBytes = 32;
constexpr std::size_t kMostRank = 16;
constexpr std::uint64_t kRaw = std::uint64_t{1} << 62;  // no chunk is as long

std::string text_of(const base::TensorType& type) {
  return fmt::format("{} {}", base::name_of(type.element), base::to_string(type.shape));
}

// ---- writing

void append_text(std::string_view text, std::vector<std::byte>& out) {
  const auto bytes = std::as_bytes(std::span(text));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_head(const Codec& codec, const base::TensorType& type, std::size_t chunks, std::vector<std::byte>& out) {
  append_text(kMagic, out);
  const std::string name = codec.name();
  assert(!name.empty() && name.size() <= kMostNameBytes);
  out.push_back(std::byte{kVersion});
  out.push_back(static_cast<std::byte>(name.size()));
  append_text(name, out);
  const std::uint32_t fingerprint = codec.fingerprint();
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::byte>(fingerprint >> shift));
  append_varint(static_cast<std::uint64_t>(type.element), out);
  append_varint(type.shape.size(), out);
  for (const std::int64_t dimension : type.shape) append_varint(static_cast<std::uint64_t>(dimension), out);
  append_varint(chunks, out);
}

bool would_change(const Codec& codec, const base::Tensor& tensor, Chunk chunk) {
  return tensor.element() == base::ElementType::Float32 && !codec.keeps_not_finite() &&
         !are_finite(values_in<float>(tensor, chunk));
}

void append_raw(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) {
  append_varint(kRaw, out);
  const auto bytes = bytes_in(tensor, chunk);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// The chunk is encoded after room for the longest length that it can have, and moved when its length is shorter.
void append_encoded(const Codec& codec, const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) {
  const std::size_t worst = codec.worst_case_bytes(tensor.type(), chunk);
  const std::size_t start = out.size();
  const std::size_t room = varint_bytes(worst);
  if (out.capacity() < start + room + worst) out.reserve(std::max(start + room + worst, 2 * out.capacity()));
  out.resize(start + room);
  codec.encode(tensor, chunk, out);
  const std::size_t size = out.size() - start - room;
  assert(size <= worst);
  const std::byte* const end = store_varint(size, out.data() + start);
  const auto unused = out.begin() + (end - out.data());
  out.erase(unused, out.begin() + static_cast<std::ptrdiff_t>(start + room));
}

void append_chunk(const Codec& codec, const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) {
  would_change(codec, tensor, chunk) ? append_raw(tensor, chunk, out) : append_encoded(codec, tensor, chunk, out);
}

// ---- reading

std::string read_name(FrameReader& reader) {
  const std::size_t size = reader.byte("head");
  if (size == 0 || size > kMostNameBytes) {
    fail_frame(fmt::format("a codec's name of {} bytes, expected 1 to {}", size, kMostNameBytes));
  }
  return reader.text(size, "head");
}

base::TensorType read_type(FrameReader& reader) {
  const std::uint64_t element = reader.varint("element type");
  const base::TensorType unknown{static_cast<base::ElementType>(element <= 0xff ? element : 0), {}};
  if (base::element_size(unknown.element) == 0) {
    fail_frame(fmt::format("element type {}, expected one whose elements have a size", element));
  }
  base::TensorType type{unknown.element, {}};
  const std::uint64_t rank = reader.varint("rank");
  if (rank > kMostRank) fail_frame(fmt::format("{} dimensions, expected at most {}", rank, kMostRank));
  for (std::uint64_t i = 0; i < rank; ++i) {
    type.shape.push_back(static_cast<std::int64_t>(reader.varint("dimensions")));
  }
  base::size_bytes(type);
  return type;
}

void check_codec(const FrameHead& head, const Codec& codec) {
  if (head.codec != codec.name()) fail_frame(fmt::format("of codec '{}', expected '{}'", head.codec, codec.name()));
  if (head.fingerprint != codec.fingerprint()) {
    fail_frame(fmt::format("of a '{}' with fingerprint {:08x}, expected {:08x}: '{}'", head.codec, head.fingerprint,
                           codec.fingerprint(), id_of(codec)));
  }
}

void check_type(const base::TensorType& found, const base::TensorType& expected, std::size_t limit_bytes) {
  const bool is_any_expected = expected.element == base::ElementType::Undefined;
  if (!is_any_expected && found != expected)
    fail_frame(fmt::format("{}, expected {}", text_of(found), text_of(expected)));
  if (is_any_expected && base::size_bytes(found) > limit_bytes) {
    fail_frame(ErrorKind::ResourceExhausted, fmt::format("{} is {} bytes, expected at most {}", text_of(found),
                                                         base::size_bytes(found), limit_bytes));
  }
}

// A tensor that the codec refuses cannot have been encoded by it.
void check_encodable(const Codec& codec, const base::TensorType& type) {
  try {
    codec.check(type);
  } catch (const base::Error& error) {
    fail_frame(error.message());
  }
}

}  // namespace

FrameHead read_frame_head(std::span<const std::byte> frame) {
  FrameReader reader(frame);
  if (reader.text(kMagic.size(), "head") != kMagic) fail_frame("does not begin with 'TC'");
  const std::uint8_t version = reader.byte("head");
  if (version != kVersion) fail_frame(fmt::format("version {}, expected {}", version, kVersion));
  FrameHead head;
  head.codec = read_name(reader);
  for (int i = 0; i < 4; ++i) head.fingerprint = head.fingerprint << 8 | reader.byte("head");
  head.type = read_type(reader);
  head.chunk_count = reader.varint("number of chunks");
  head.head_bytes = reader.position();
  return head;
}

Encoder::Encoder(std::shared_ptr<const Codec> codec, base::Tensor tensor)
    : codec_(std::move(codec)), tensor_(std::move(tensor)) {
  codec_->check(tensor_.type());
  chunks_ = chunks_of(layout_of(tensor_.shape()), codec_->takes_whole());
}

bool Encoder::next(std::vector<std::byte>& out) {
  if (done_ == chunks_.size()) return false;
  if (done_ == 0) append_head(*codec_, tensor_.type(), chunks_.size(), out);
  append_chunk(*codec_, tensor_, chunks_[done_], out);
  ++done_;
  return true;
}

Decoder::Decoder(std::shared_ptr<const Codec> codec, base::TensorType expected)
    : codec_(std::move(codec)), expected_(std::move(expected)) {
  codec_->check(expected_);
}

Decoder::Decoder(std::shared_ptr<const Codec> codec, std::size_t limit_bytes)
    : codec_(std::move(codec)), limit_bytes_(limit_bytes) {}

void Decoder::take(std::span<const std::byte> pieces) {
  if (!has_head_) pieces = pieces.subspan(read_head(pieces));
  while (!pieces.empty()) pieces = pieces.subspan(read_chunk(pieces));
}

std::size_t Decoder::read_head(std::span<const std::byte> bytes) {
  const FrameHead head = read_frame_head(bytes);
  check_codec(head, *codec_);
  check_type(head.type, expected_, limit_bytes_);
  check_encodable(*codec_, head.type);
  chunks_ = chunks_of(layout_of(head.type.shape), codec_->takes_whole());
  if (head.chunk_count != chunks_.size()) {
    fail_frame(fmt::format("{} chunks, expected {}", head.chunk_count, chunks_.size()));
  }
  tensor_ = base::Tensor::allocate(head.type);
  has_head_ = true;
  return head.head_bytes;
}

std::size_t Decoder::read_chunk(std::span<const std::byte> bytes) {
  if (done_ == chunks_.size()) fail_frame(fmt::format("{} bytes after its last chunk", bytes.size()));
  FrameReader reader(bytes);
  const Chunk& chunk = chunks_[done_];
  const std::uint64_t size = reader.varint("chunk");
  if (size == kRaw) {
    const auto to = mutable_bytes_in(tensor_, chunk);
    std::ranges::copy(reader.take(to.size(), "raw chunk"), to.begin());
  } else {
    const std::size_t most = codec_->worst_case_bytes(tensor_.type(), chunk);
    if (size > most) fail_frame(fmt::format("chunk {} has {} bytes, expected at most {}", done_, size, most));
    codec_->decode(reader.take(size, "chunk"), chunk, tensor_);
  }
  ++done_;
  return reader.position();
}

base::Tensor Decoder::finish() {
  if (!has_head_) fail_frame("nothing has arrived");
  if (!is_complete()) fail_frame(fmt::format("ends after {} chunks, expected {}", done_, chunks_.size()));
  return std::move(tensor_);
}

std::vector<std::byte> encode(const std::shared_ptr<const Codec>& codec, const base::Tensor& tensor) {
  Encoder encoder(codec, tensor);
  std::vector<std::byte> frame;
  while (encoder.next(frame)) continue;
  return frame;
}

base::Tensor decode(const std::shared_ptr<const Codec>& codec, std::span<const std::byte> frame,
                    std::size_t limit_bytes) {
  Decoder decoder(codec, limit_bytes);
  decoder.take(frame);
  return decoder.finish();
}

}  // namespace tandem::codec
