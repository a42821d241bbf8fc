#include "codec/frame.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::codec {
namespace {

using base::ErrorKind;

// magic[2] "TC", version u8, name's length u8, name, fingerprint u32 (big-endian), then varints: element type, rank,
// dimensions, chunks. A chunk: its length as a varint, its bytes.
constexpr std::string_view kMagic = "TC";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMostNameBytes = 32;
constexpr std::size_t kMostRank = 16;

[[noreturn]] void fail(ErrorKind kind, const std::string& message) {
  throw base::Error(kind, "encoded tensor: " + message);
}
[[noreturn]] void fail(const std::string& message) {
  fail(ErrorKind::InvalidInput, message);
}

std::string text_of(const base::TensorType& type) {
  return fmt::format("{} {}", base::name_of(type.element), base::to_string(type.shape));
}

// ---- writing

// Seven bits a byte, the lowest first; the highest bit says that more follow.
std::size_t varint_bytes(std::uint64_t value) {
  std::size_t count = 1;
  for (; value >= 0x80; value >>= 7) ++count;
  return count;
}

std::byte* store_varint(std::uint64_t value, std::byte* to) {
  for (; value >= 0x80; value >>= 7) *to++ = static_cast<std::byte>(value | 0x80);
  *to++ = static_cast<std::byte>(value);
  return to;
}

void append_varint(std::uint64_t value, std::vector<std::byte>& out) {
  out.resize(out.size() + varint_bytes(value));
  store_varint(value, out.data() + out.size() - varint_bytes(value));
}

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

// The chunk is encoded after room for the longest length that it can have, and moved when its length is shorter.
void append_chunk(const Codec& codec, const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) {
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

// ---- reading

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t position() const { return position_; }
  std::size_t left() const { return bytes_.size() - position_; }
  std::span<const std::byte> take(std::size_t count, const char* what) {
    if (count > left()) fail(fmt::format("ends within its {}: {} bytes left, expected {}", what, left(), count));
    position_ += count;
    return bytes_.subspan(position_ - count, count);
  }
  std::uint8_t byte(const char* what) { return std::to_integer<std::uint8_t>(take(1, what)[0]); }
  std::uint64_t varint(const char* what) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
      const std::uint8_t next = byte(what);
      value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
    fail(fmt::format("{}: a number of more than 9 bytes", what));
  }
  std::string text(std::size_t size, const char* what) {
    const auto bytes = take(size, what);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
};

std::string read_name(Reader& reader) {
  const std::size_t size = reader.byte("head");
  if (size == 0 || size > kMostNameBytes) {
    fail(fmt::format("a codec's name of {} bytes, expected 1 to {}", size, kMostNameBytes));
  }
  return reader.text(size, "head");
}

base::TensorType read_type(Reader& reader) {
  const std::uint64_t element = reader.varint("element type");
  const base::TensorType unknown{static_cast<base::ElementType>(element <= 0xff ? element : 0), {}};
  if (base::element_size(unknown.element) == 0) {
    fail(fmt::format("element type {}, expected one whose elements have a size", element));
  }
  base::TensorType type{unknown.element, {}};
  const std::uint64_t rank = reader.varint("rank");
  if (rank > kMostRank) fail(fmt::format("{} dimensions, expected at most {}", rank, kMostRank));
  for (std::uint64_t i = 0; i < rank; ++i) {
    type.shape.push_back(static_cast<std::int64_t>(reader.varint("dimensions")));
  }
  base::size_bytes(type);
  return type;
}

void check_codec(const FrameHead& head, const Codec& codec) {
  if (head.codec != codec.name()) fail(fmt::format("of codec '{}', expected '{}'", head.codec, codec.name()));
  if (head.fingerprint != codec.fingerprint()) {
    fail(fmt::format("of a '{}' with fingerprint {:08x}, expected {:08x}: '{}'", head.codec, head.fingerprint,
                     codec.fingerprint(), id_of(codec)));
  }
}

void check_type(const base::TensorType& found, const base::TensorType& expected, std::size_t limit_bytes) {
  const bool is_any_expected = expected.element == base::ElementType::Undefined;
  if (!is_any_expected && found != expected) fail(fmt::format("{}, expected {}", text_of(found), text_of(expected)));
  if (is_any_expected && base::size_bytes(found) > limit_bytes) {
    fail(ErrorKind::ResourceExhausted,
         fmt::format("{} is {} bytes, expected at most {}", text_of(found), base::size_bytes(found), limit_bytes));
  }
}

// A tensor that the codec refuses cannot have been encoded by it.
void check_encodable(const Codec& codec, const base::TensorType& type) {
  try {
    codec.check(type);
  } catch (const base::Error& error) {
    fail(error.message());
  }
}

}  // namespace

FrameHead read_frame_head(std::span<const std::byte> frame) {
  Reader reader(frame);
  if (reader.text(kMagic.size(), "head") != kMagic) fail("does not begin with 'TC'");
  const std::uint8_t version = reader.byte("head");
  if (version != kVersion) fail(fmt::format("version {}, expected {}", version, kVersion));
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
    fail(fmt::format("{} chunks, expected {}", head.chunk_count, chunks_.size()));
  }
  tensor_ = base::Tensor::allocate(head.type);
  has_head_ = true;
  return head.head_bytes;
}

std::size_t Decoder::read_chunk(std::span<const std::byte> bytes) {
  if (done_ == chunks_.size()) fail(fmt::format("{} bytes after its last chunk", bytes.size()));
  Reader reader(bytes);
  const std::uint64_t size = reader.varint("chunk");
  const std::size_t most = codec_->worst_case_bytes(tensor_.type(), chunks_[done_]);
  if (size > most) fail(fmt::format("chunk {} has {} bytes, expected at most {}", done_, size, most));
  codec_->decode(reader.take(size, "chunk"), chunks_[done_], tensor_);
  ++done_;
  return reader.position();
}

base::Tensor Decoder::finish() {
  if (!has_head_) fail("nothing has arrived");
  if (!is_complete()) fail(fmt::format("ends after {} chunks, expected {}", done_, chunks_.size()));
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
