#include "rpc/frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/digest.h"
#include "rpc/agent.pb.h"
#include "rpc/protobuf_limits.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;

// magic[4] "TNDM", version u8, kind u8, whether pieces follow u8, a zero byte, header length u32, four zero bytes,
// payload length u64; little-endian.
constexpr std::size_t kPreludeBytes = 24;
constexpr std::size_t kPiecesFollowAt = 6;
constexpr std::string_view kMagic = "TNDM";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kAlignment = 64;
enum class FrameKind : std::uint8_t { Request = 1, Reply = 2 };

std::size_t aligned(std::size_t position) {
  return (position + kAlignment - 1) / kAlignment * kAlignment;
}

template <class T>
void store(T value, std::byte* to) {
  for (std::size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<std::byte>(value >> (8 * i));
}

template <class T>
T fetch(const std::byte* from) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<T>(from[i]) << (8 * i));
  return value;
}

// ---- encoding

void describe(const std::string& name, const base::TensorType& type, v1::TensorEntry& entry) {
  entry.set_name(name);
  entry.set_element(static_cast<std::int32_t>(type.element));
  entry.mutable_shape()->Assign(type.shape.begin(), type.shape.end());
}

void describe(const base::NamedTensor& named, v1::TensorEntry& entry) {
  describe(named.name, named.tensor.type(), entry);
  entry.set_size_bytes(named.tensor.size());
}

void describe(const EncodedTensor& encoded, v1::TensorEntry& entry) {
  describe(encoded.name, encoded.type, entry);
  entry.set_size_bytes(encoded.content.size());
  entry.set_codec(encoded.codec);
  entry.set_pieces(encoded.pieces);
}

void describe(const Hop& hop, v1::Hop& entry) {
  entry.set_target(hop.target);
  entry.mutable_parts()->Assign(hop.parts.begin(), hop.parts.end());
  entry.mutable_forwards()->Assign(hop.forwards.begin(), hop.forwards.end());
  entry.mutable_answers()->Assign(hop.answers.begin(), hop.answers.end());
  entry.mutable_codecs()->Assign(hop.codecs.begin(), hop.codecs.end());
  for (const ExitCheck& check : hop.exits) {
    v1::ExitCheck& exit = *entry.add_exits();
    exit.set_after_parts(check.after_parts);
    exit.set_tensor(check.tensor);
    exit.set_threshold(check.threshold);
    exit.set_confidence(check.confidence);
    exit.set_temperature(check.temperature);
  }
}

void describe(const HopReport& report, v1::HopReport& entry) {
  entry.set_target(report.target);
  entry.set_compute_ms(report.compute_ms);
  entry.set_exchange_ms(report.exchange_ms);
  entry.set_sent_bytes(report.sent_bytes);
  entry.set_encode_ms(report.encode_ms);
  entry.set_decode_ms(report.decode_ms);
}

using Payload = std::vector<const base::Tensor*>;

Payload payload_of(std::span<const base::NamedTensor> tensors, std::span<const EncodedTensor> encoded = {}) {
  Payload payload;
  payload.reserve(tensors.size() + encoded.size());
  for (const base::NamedTensor& named : tensors) payload.push_back(&named.tensor);
  for (const EncodedTensor& tensor : encoded) payload.push_back(&tensor.content);
  return payload;
}

std::size_t size_of(const Payload& payload) {
  std::size_t end = 0;
  for (const base::Tensor* tensor : payload) end = aligned(end) + tensor->size();
  return end;
}

bool has_pieces_that_follow(std::span<const EncodedTensor> encoded) {
  return std::ranges::any_of(encoded, [](const EncodedTensor& tensor) { return tensor.pieces > 1; });
}

// Prelude and header, padded so that the payload starts aligned.
template <class Header>
Segment encode_head(FrameKind kind, const Header& header, std::size_t payload_bytes, bool do_pieces_follow) {
  const std::size_t header_bytes = header.ByteSizeLong();
  auto head = std::make_shared<std::vector<std::byte>>(aligned(kPreludeBytes + header_bytes));
  std::byte* const at = head->data();
  std::memcpy(at, kMagic.data(), kMagic.size());
  store(kVersion, at + 4);
  store(static_cast<std::uint8_t>(kind), at + 5);
  store(static_cast<std::uint8_t>(do_pieces_follow), at + kPiecesFollowAt);
  store(static_cast<std::uint32_t>(header_bytes), at + 8);
  store(static_cast<std::uint64_t>(payload_bytes), at + 16);
  header.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(at + kPreludeBytes));
  const std::span<const std::byte> bytes(*head);
  return {std::move(head), bytes};
}

void append_tensors(const Payload& payload, Segments& frame) {
  static constexpr std::array<std::byte, kAlignment> kPadding{};
  std::size_t end = 0;
  for (const base::Tensor* tensor : payload) {
    if (aligned(end) != end) frame.push_back({nullptr, std::span(kPadding).first(aligned(end) - end)});
    if (tensor->size() != 0) frame.push_back({tensor->owner(), tensor->bytes()});
    end = aligned(end) + tensor->size();
  }
}

template <class Header>
Segments encode_frame(FrameKind kind, const Header& header, const Payload& payload, bool do_pieces_follow = false) {
  Segments frame;
  frame.reserve(1 + 2 * payload.size());
  frame.push_back(encode_head(kind, header, size_of(payload), do_pieces_follow));
  append_tensors(payload, frame);
  return frame;
}

// ---- decoding: everything below throws Error, and decode() turns it into a value

[[noreturn]] void fail(ErrorKind kind, const std::string& message) {
  throw Error(kind, "frame: " + message);
}

void check_limit(const char* what, std::size_t found, std::size_t limit) {
  if (found > limit) fail(ErrorKind::ResourceExhausted, fmt::format("{}: {}, expected at most {}", what, found, limit));
}

// A frame in pieces, read from front to back.
class Reader {
 public:
  explicit Reader(std::span<const Segment> segments) : segments_(segments) {}

  void copy(std::span<std::byte> to) {
    while (!to.empty()) {
      const auto piece = next(to.size());
      std::memcpy(to.data(), piece.bytes.data(), piece.bytes.size());
      to = to.subspan(piece.bytes.size());
    }
  }
  void skip(std::size_t count) {
    while (count != 0) count -= next(count).bytes.size();
  }
  base::Tensor tensor(base::TensorType type, std::size_t size) {
    if (const Segment whole = peek(size); is_usable(whole, size)) {
      skip(size);
      return view(std::move(type), whole);
    }
    base::Tensor tensor = base::Tensor::allocate(std::move(type));
    copy(tensor.mutable_bytes());
    return tensor;
  }

 private:
  Segment peek(std::size_t most) {
    while (offset_ == segments_.front().bytes.size() && segments_.size() > 1) {
      segments_ = segments_.subspan(1);
      offset_ = 0;
    }
    const auto rest = segments_.front().bytes.subspan(offset_);
    return {segments_.front().owner, rest.first(std::min(most, rest.size()))};
  }
  Segment next(std::size_t most) {
    const Segment piece = peek(most);
    assert(!piece.bytes.empty() && "sizes are checked before anything is read");
    offset_ += piece.bytes.size();
    return piece;
  }
  static bool is_usable(const Segment& segment, std::size_t size) {
    return size != 0 && segment.owner != nullptr && segment.bytes.size() == size &&
           reinterpret_cast<std::uintptr_t>(segment.bytes.data()) % kAlignment == 0;
  }
  static base::Tensor view(base::TensorType type, const Segment& segment) {
    // The segment belongs to whoever holds it now: received memory is nobody else's, so it may be written through.
    auto* const bytes = const_cast<std::byte*>(segment.bytes.data());
    return base::Tensor::view(std::move(type), std::const_pointer_cast<void>(segment.owner), bytes,
                              segment.bytes.size());
  }

  std::span<const Segment> segments_;
  std::size_t offset_ = 0;
};

struct Prelude {
  std::size_t header_bytes = 0;
  std::size_t payload_bytes = 0;
  bool do_pieces_follow = false;
};

Prelude decode_prelude(Reader& reader, FrameKind kind, std::size_t total, const Limits& limits) {
  check_limit("bytes", total, limits.frame_bytes);
  if (total < kPreludeBytes)
    fail(ErrorKind::InvalidInput, fmt::format("{} bytes, expected at least {}", total, kPreludeBytes));
  std::array<std::byte, kPreludeBytes> bytes;
  reader.copy(bytes);
  if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
    fail(ErrorKind::InvalidInput, "does not start with 'TNDM'");
  const auto version = fetch<std::uint8_t>(&bytes[4]);
  if (version != kVersion) fail(ErrorKind::Unsupported, fmt::format("version {}, expected {}", version, kVersion));
  const auto found_kind = fetch<std::uint8_t>(&bytes[5]);
  if (found_kind != static_cast<std::uint8_t>(kind)) {
    fail(ErrorKind::InvalidInput, fmt::format("kind {}, expected {}", found_kind, static_cast<int>(kind)));
  }
  const Prelude prelude{fetch<std::uint32_t>(&bytes[8]), fetch<std::uint64_t>(&bytes[16]),
                        bytes[kPiecesFollowAt] != std::byte{0}};
  check_limit("header bytes", prelude.header_bytes, limits.header_bytes);
  check_limit("payload bytes", prelude.payload_bytes, limits.frame_bytes);
  const std::size_t declared = aligned(kPreludeBytes + prelude.header_bytes) + prelude.payload_bytes;
  if (declared != total)
    fail(ErrorKind::InvalidInput, fmt::format("{} bytes, of which {} are declared", total, declared));
  return prelude;
}

template <class Header>
Header decode_header(Reader& reader, const Prelude& prelude, std::span<const FieldLimit> limits) {
  std::vector<std::byte> bytes(prelude.header_bytes);
  reader.copy(bytes);
  reader.skip(aligned(kPreludeBytes + prelude.header_bytes) - kPreludeBytes - prelude.header_bytes);
  Header header;
  if (!keeps_limits(bytes, limits))
    fail(ErrorKind::InvalidInput, "its header is broken, or lists more than the limits allow");
  if (!header.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    fail(ErrorKind::InvalidInput, "its header is no protobuf message of the right type");
  }
  return header;
}

void check_name(const char* what, const std::string& name, const Limits& limits) {
  check_limit(what, name.size(), limits.name_bytes);
}

base::TensorType type_of(const v1::TensorEntry& entry, const Limits& limits) {
  check_name("bytes of a tensor's name", entry.name(), limits);
  check_limit("dimensions of a tensor", static_cast<std::size_t>(entry.shape_size()), limits.rank);
  return {static_cast<base::ElementType>(entry.element()), {entry.shape().begin(), entry.shape().end()}};
}

bool is_encoded(const v1::TensorEntry& entry) {
  return !entry.codec().empty();
}

void check_raw(const v1::TensorEntry& entry, const base::TensorType& type, std::size_t expected_bytes) {
  if (entry.size_bytes() == expected_bytes) return;
  fail(ErrorKind::InvalidInput,
       fmt::format("tensor '{}' of {} {}: {} bytes declared, expected {}", entry.name(), base::name_of(type.element),
                   base::to_string(type.shape), entry.size_bytes(), expected_bytes));
}

void check_encoded(const v1::TensorEntry& entry) {
  if (!base::is_digest(entry.codec()))
    fail(ErrorKind::InvalidInput, fmt::format("tensor '{}': its codec is no digest", entry.name()));
  if (entry.pieces() == 0 || (entry.pieces() > 1 && entry.size_bytes() != 0)) {
    fail(ErrorKind::InvalidInput, fmt::format("tensor '{}': {} pieces and {} bytes, expected one piece or no bytes",
                                              entry.name(), entry.pieces(), entry.size_bytes()));
  }
}

using Entries = google::protobuf::RepeatedPtrField<v1::TensorEntry>;

// Sizes and offsets of all tensors against the payload, and what they decode to against the limits, before memory is
// taken for the first.
std::vector<base::TensorType> check_tensors(const Entries& entries, std::size_t payload_bytes, const Limits& limits) {
  std::vector<base::TensorType> types;
  types.reserve(static_cast<std::size_t>(entries.size()));
  std::size_t end = 0;
  std::size_t decoded_bytes = 0;
  std::size_t pieces = 0;
  for (const v1::TensorEntry& entry : entries) {
    types.push_back(type_of(entry, limits));
    const std::size_t tensor_bytes = base::size_bytes(types.back());
    if (is_encoded(entry)) check_encoded(entry);
    if (!is_encoded(entry)) check_raw(entry, types.back(), tensor_bytes);
    if (entry.size_bytes() > payload_bytes || aligned(end) + entry.size_bytes() > payload_bytes) {
      fail(ErrorKind::InvalidInput, fmt::format("tensor '{}' of {} bytes at byte {} of a payload of {}", entry.name(),
                                                entry.size_bytes(), aligned(end), payload_bytes));
    }
    end = aligned(end) + entry.size_bytes();
    decoded_bytes += tensor_bytes;
    pieces += entry.pieces();
  }
  if (end != payload_bytes)
    fail(ErrorKind::InvalidInput, fmt::format("{} payload bytes, expected {}", payload_bytes, end));
  check_limit("bytes of tensors", decoded_bytes, limits.frame_bytes);
  check_limit("pieces of tensors", pieces, limits.pieces);
  return types;
}

struct Tensors {
  std::vector<base::NamedTensor> raw;
  std::vector<EncodedTensor> encoded;
};

Tensors decode_tensors(Reader& reader, Entries& entries, std::size_t payload_bytes, const Limits& limits) {
  std::vector<base::TensorType> types = check_tensors(entries, payload_bytes, limits);
  Tensors tensors;
  tensors.raw.reserve(types.size());
  std::size_t end = 0;
  for (std::size_t i = 0; i < types.size(); ++i) {
    v1::TensorEntry& entry = entries[static_cast<int>(i)];
    const std::size_t size = entry.size_bytes();
    reader.skip(aligned(end) - end);
    end = aligned(end) + size;
    if (!is_encoded(entry)) {
      tensors.raw.push_back({std::move(*entry.mutable_name()), reader.tensor(std::move(types[i]), size)});
      continue;
    }
    const base::TensorType bytes{base::ElementType::UInt8, {static_cast<std::int64_t>(size)}};
    tensors.encoded.push_back({std::move(*entry.mutable_name()), std::move(types[i]), std::move(*entry.mutable_codec()),
                               entry.pieces(), reader.tensor(bytes, size)});
  }
  return tensors;
}

std::vector<std::string> decode_names(google::protobuf::RepeatedPtrField<std::string>& entries, const Limits& limits) {
  for (const std::string& name : entries) check_name("bytes of a name in the route", name, limits);
  return {std::make_move_iterator(entries.begin()), std::make_move_iterator(entries.end())};
}

ExitCheck decode_check(v1::ExitCheck& entry, const Limits& limits) {
  check_name("bytes of an exit's name", entry.tensor(), limits);
  check_name("bytes of a confidence's name", entry.confidence(), limits);
  if (!std::isfinite(entry.threshold()) || !(entry.temperature() > 0) || !std::isfinite(entry.temperature())) {
    fail(ErrorKind::InvalidInput, fmt::format("exit '{}': threshold {}, temperature {}, expected finite numbers",
                                              entry.tensor(), entry.threshold(), entry.temperature()));
  }
  return {entry.after_parts(), std::move(*entry.mutable_tensor()), entry.threshold(),
          std::move(*entry.mutable_confidence()), entry.temperature()};
}

void check_codecs(const v1::Hop& hop) {
  const bool has_each = hop.codecs_size() == 0 || hop.codecs_size() == hop.forwards_size();
  const auto is_one = [](const std::string& codec) { return codec.empty() || base::is_digest(codec); };
  if (has_each && std::ranges::all_of(hop.codecs(), is_one)) return;
  fail(ErrorKind::InvalidInput, fmt::format("{} codecs of {} tensors, expected none or for each a digest or nothing",
                                            hop.codecs_size(), hop.forwards_size()));
}

Hop decode_hop(v1::Hop& entry, const Limits& limits) {
  check_name("bytes of a target's name", entry.target(), limits);
  check_codecs(entry);
  Hop hop{std::move(*entry.mutable_target()),
          decode_names(*entry.mutable_parts(), limits),
          decode_names(*entry.mutable_forwards(), limits),
          decode_names(*entry.mutable_answers(), limits),
          {},
          decode_names(*entry.mutable_codecs(), limits)};
  for (v1::ExitCheck& exit : *entry.mutable_exits()) hop.exits.push_back(decode_check(exit, limits));
  return hop;
}

HopReport decode_report(v1::HopReport& entry, const Limits& limits) {
  check_name("bytes of a target's name", entry.target(), limits);
  return {std::move(*entry.mutable_target()),
          entry.compute_ms(),
          entry.exchange_ms(),
          entry.sent_bytes(),
          entry.encode_ms(),
          entry.decode_ms()};
}

Error decode_error(const v1::ErrorDetail& detail, const Limits& limits) {
  const bool is_known = detail.kind() >= v1::INVALID_INPUT && detail.kind() <= v1::INTERNAL;
  const auto kind = is_known ? static_cast<ErrorKind>(detail.kind() - 1) : ErrorKind::Internal;
  return Error(kind, detail.message().substr(0, limits.name_bytes));
}

RunRequest read_request(std::span<const Segment> frame, const Limits& limits) {
  Reader reader(frame);
  const Prelude prelude = decode_prelude(reader, FrameKind::Request, size_of(frame), limits);
  const FieldLimit hop_limits[] = {
      {2, limits.parts}, {3, limits.tensors}, {4, limits.tensors}, {5, limits.exits}, {6, limits.tensors}};
  const FieldLimit tensor_limits[] = {{3, limits.rank}};
  const FieldLimit field_limits[] = {{3, limits.hops, hop_limits}, {4, limits.tensors, tensor_limits}};
  auto header = decode_header<v1::RequestHeader>(reader, prelude, field_limits);
  RunRequest request;
  request.id = header.id();
  if (header.has_remaining_us()) {
    // Far more than a request ever gets; keeps the sum below what a clock can hold.
    constexpr std::uint64_t kLongest = 366ull * 24 * 3600 * 1'000'000;
    request.deadline = base::Deadline::after(std::chrono::microseconds(std::min(header.remaining_us(), kLongest)));
  }
  for (v1::Hop& hop : *header.mutable_route()) request.route.push_back(decode_hop(hop, limits));
  Tensors tensors = decode_tensors(reader, *header.mutable_tensors(), prelude.payload_bytes, limits);
  request.tensors = std::move(tensors.raw);
  request.encoded = std::move(tensors.encoded);
  if (has_pieces_that_follow(request.encoded) != prelude.do_pieces_follow)
    fail(ErrorKind::InvalidInput, "its prelude and its header disagree on whether pieces follow");
  return request;
}

RunReply read_reply(std::span<const Segment> frame, const Limits& limits) {
  Reader reader(frame);
  const Prelude prelude = decode_prelude(reader, FrameKind::Reply, size_of(frame), limits);
  const FieldLimit report_limits[] = {{1, 1}};
  const FieldLimit tensor_limits[] = {{3, limits.rank}};
  const FieldLimit field_limits[] = {{2, limits.hops, report_limits}, {3, limits.tensors, tensor_limits}};
  auto header = decode_header<v1::ReplyHeader>(reader, prelude, field_limits);
  if (header.has_error()) throw decode_error(header.error(), limits);
  RunReply reply;
  reply.id = header.id();
  for (v1::HopReport& hop : *header.mutable_hops()) reply.hops.push_back(decode_report(hop, limits));
  Tensors tensors = decode_tensors(reader, *header.mutable_tensors(), prelude.payload_bytes, limits);
  if (!tensors.encoded.empty()) fail(ErrorKind::InvalidInput, "a reply whose tensors are encoded");
  reply.tensors = std::move(tensors.raw);
  return reply;
}

template <class Message>
base::Result<Message> decode(Message (*read)(std::span<const Segment>, const Limits&), std::span<const Segment> frame,
                             const Limits& limits) {
  static const Segment kNothing;
  try {
    return read(frame.empty() ? std::span(&kNothing, 1) : frame, limits);
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorKind::ResourceExhausted, fmt::format("frame: no memory for {} bytes", size_of(frame)));
  }
}

}  // namespace

std::size_t size_of(std::span<const Segment> segments) {
  std::size_t total = 0;
  for (const Segment& segment : segments) total += segment.bytes.size();
  return total;
}

Segments encode(const RunRequest& request) {
  v1::RequestHeader header;
  header.set_id(request.id);
  if (!request.deadline.is_never()) {
    const auto remaining = std::chrono::duration_cast<std::chrono::microseconds>(request.deadline.remaining());
    header.set_remaining_us(static_cast<std::uint64_t>(std::max<std::int64_t>(0, remaining.count())));
  }
  for (const Hop& hop : request.route) describe(hop, *header.add_route());
  for (const base::NamedTensor& named : request.tensors) describe(named, *header.add_tensors());
  for (const EncodedTensor& encoded : request.encoded) describe(encoded, *header.add_tensors());
  return encode_frame(FrameKind::Request, header, payload_of(request.tensors, request.encoded),
                      has_pieces_that_follow(request.encoded));
}

Segments encode(const RunReply& reply) {
  v1::ReplyHeader header;
  header.set_id(reply.id);
  for (const HopReport& report : reply.hops) describe(report, *header.add_hops());
  for (const base::NamedTensor& named : reply.tensors) describe(named, *header.add_tensors());
  return encode_frame(FrameKind::Reply, header, payload_of(reply.tensors));
}

Segments encode(std::uint64_t id, const Error& error) {
  v1::ReplyHeader header;
  header.set_id(id);
  header.mutable_error()->set_kind(static_cast<v1::ErrorKind>(static_cast<int>(error.kind()) + 1));
  header.mutable_error()->set_message(error.message());
  return encode_frame(FrameKind::Reply, header, {});
}

bool announces_pieces(std::span<const Segment> frame) {
  if (size_of(frame) < kPreludeBytes) return false;
  std::array<std::byte, kPreludeBytes> bytes;
  Reader(frame).copy(bytes);
  return std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0 && bytes[kPiecesFollowAt] != std::byte{0};
}

base::Result<RunRequest> decode_request(std::span<const Segment> frame, const Limits& limits) {
  return decode(read_request, frame, limits);
}

base::Result<RunReply> decode_reply(std::span<const Segment> frame, const Limits& limits) {
  return decode(read_reply, frame, limits);
}

}  // namespace tandem::rpc
