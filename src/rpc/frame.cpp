#include "rpc/frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "rpc/agent.pb.h"
#include "rpc/protobuf_limits.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;

// magic[4] "TNDM", version u8, kind u8, two zero bytes, header length u32, four zero bytes, payload length u64;
// little-endian.
constexpr std::size_t kPreludeBytes = 24;
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

void describe(const base::NamedTensor& named, v1::TensorEntry& entry) {
  entry.set_name(named.name);
  entry.set_element(static_cast<std::int32_t>(named.tensor.element()));
  entry.mutable_shape()->Assign(named.tensor.shape().begin(), named.tensor.shape().end());
  entry.set_size_bytes(named.tensor.size());
}

void describe(const Hop& hop, v1::Hop& entry) {
  entry.set_target(hop.target);
  entry.mutable_parts()->Assign(hop.parts.begin(), hop.parts.end());
  entry.mutable_forwards()->Assign(hop.forwards.begin(), hop.forwards.end());
  entry.mutable_answers()->Assign(hop.answers.begin(), hop.answers.end());
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
}

std::size_t payload_bytes_of(std::span<const base::NamedTensor> tensors) {
  std::size_t end = 0;
  for (const base::NamedTensor& named : tensors) end = aligned(end) + named.tensor.size();
  return end;
}

// Prelude and header, padded so that the payload starts aligned.
template <class Header>
Segment encode_head(FrameKind kind, const Header& header, std::size_t payload_bytes) {
  const std::size_t header_bytes = header.ByteSizeLong();
  auto head = std::make_shared<std::vector<std::byte>>(aligned(kPreludeBytes + header_bytes));
  std::byte* const at = head->data();
  std::memcpy(at, kMagic.data(), kMagic.size());
  store(kVersion, at + 4);
  store(static_cast<std::uint8_t>(kind), at + 5);
  store(static_cast<std::uint32_t>(header_bytes), at + 8);
  store(static_cast<std::uint64_t>(payload_bytes), at + 16);
  header.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(at + kPreludeBytes));
  const std::span<const std::byte> bytes(*head);
  return {std::move(head), bytes};
}

void append_tensors(std::span<const base::NamedTensor> tensors, Segments& frame) {
  static constexpr std::array<std::byte, kAlignment> kPadding{};
  std::size_t end = 0;
  for (const base::NamedTensor& named : tensors) {
    if (aligned(end) != end) frame.push_back({nullptr, std::span(kPadding).first(aligned(end) - end)});
    if (named.tensor.size() != 0) frame.push_back({named.tensor.owner(), named.tensor.bytes()});
    end = aligned(end) + named.tensor.size();
  }
}

template <class Header>
Segments encode_frame(FrameKind kind, const Header& header, std::span<const base::NamedTensor> tensors) {
  Segments frame;
  frame.reserve(1 + 2 * tensors.size());
  frame.push_back(encode_head(kind, header, payload_bytes_of(tensors)));
  append_tensors(tensors, frame);
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
  const Prelude prelude{fetch<std::uint32_t>(&bytes[8]), fetch<std::uint64_t>(&bytes[16])};
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

// Sizes and offsets of all tensors against the payload, before memory is taken for the first.
std::vector<base::TensorType> check_tensors(const google::protobuf::RepeatedPtrField<v1::TensorEntry>& entries,
                                            std::size_t payload_bytes, const Limits& limits) {
  std::vector<base::TensorType> types;
  types.reserve(static_cast<std::size_t>(entries.size()));
  std::size_t end = 0;
  for (const v1::TensorEntry& entry : entries) {
    types.push_back(type_of(entry, limits));
    const std::size_t expected = base::size_bytes(types.back());
    if (entry.size_bytes() != expected) {
      fail(ErrorKind::InvalidInput, fmt::format("tensor '{}' of {} {}: {} bytes declared, expected {}", entry.name(),
                                                base::name_of(types.back().element),
                                                base::to_string(types.back().shape), entry.size_bytes(), expected));
    }
    end = aligned(end) + expected;
    if (end > payload_bytes) {
      fail(ErrorKind::InvalidInput,
           fmt::format("tensor '{}' ends at byte {} of a payload of {}", entry.name(), end, payload_bytes));
    }
  }
  if (end != payload_bytes)
    fail(ErrorKind::InvalidInput, fmt::format("{} payload bytes, expected {}", payload_bytes, end));
  return types;
}

std::vector<base::NamedTensor> decode_tensors(Reader& reader,
                                              google::protobuf::RepeatedPtrField<v1::TensorEntry>& entries,
                                              std::size_t payload_bytes, const Limits& limits) {
  std::vector<base::TensorType> types = check_tensors(entries, payload_bytes, limits);
  std::vector<base::NamedTensor> tensors;
  tensors.reserve(types.size());
  std::size_t end = 0;
  for (std::size_t i = 0; i < types.size(); ++i) {
    v1::TensorEntry& entry = entries[static_cast<int>(i)];
    const std::size_t size = entry.size_bytes();
    reader.skip(aligned(end) - end);
    tensors.push_back({std::move(*entry.mutable_name()), reader.tensor(std::move(types[i]), size)});
    end = aligned(end) + size;
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

Hop decode_hop(v1::Hop& entry, const Limits& limits) {
  check_name("bytes of a target's name", entry.target(), limits);
  Hop hop{std::move(*entry.mutable_target()),
          decode_names(*entry.mutable_parts(), limits),
          decode_names(*entry.mutable_forwards(), limits),
          decode_names(*entry.mutable_answers(), limits),
          {}};
  for (v1::ExitCheck& exit : *entry.mutable_exits()) hop.exits.push_back(decode_check(exit, limits));
  return hop;
}

HopReport decode_report(v1::HopReport& entry, const Limits& limits) {
  check_name("bytes of a target's name", entry.target(), limits);
  return {std::move(*entry.mutable_target()), entry.compute_ms(), entry.exchange_ms(), entry.sent_bytes()};
}

Error decode_error(const v1::ErrorDetail& detail, const Limits& limits) {
  const bool is_known = detail.kind() >= v1::INVALID_INPUT && detail.kind() <= v1::INTERNAL;
  const auto kind = is_known ? static_cast<ErrorKind>(detail.kind() - 1) : ErrorKind::Internal;
  return Error(kind, detail.message().substr(0, limits.name_bytes));
}

RunRequest read_request(std::span<const Segment> frame, const Limits& limits) {
  Reader reader(frame);
  const Prelude prelude = decode_prelude(reader, FrameKind::Request, size_of(frame), limits);
  const FieldLimit hop_limits[] = {{2, limits.parts}, {3, limits.tensors}, {4, limits.tensors}, {5, limits.exits}};
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
  request.tensors = decode_tensors(reader, *header.mutable_tensors(), prelude.payload_bytes, limits);
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
  reply.tensors = decode_tensors(reader, *header.mutable_tensors(), prelude.payload_bytes, limits);
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
  return encode_frame(FrameKind::Request, header, request.tensors);
}

Segments encode(const RunReply& reply) {
  v1::ReplyHeader header;
  header.set_id(reply.id);
  for (const HopReport& report : reply.hops) describe(report, *header.add_hops());
  for (const base::NamedTensor& named : reply.tensors) describe(named, *header.add_tensors());
  return encode_frame(FrameKind::Reply, header, reply.tensors);
}

Segments encode(std::uint64_t id, const Error& error) {
  v1::ReplyHeader header;
  header.set_id(id);
  header.mutable_error()->set_kind(static_cast<v1::ErrorKind>(static_cast<int>(error.kind()) + 1));
  header.mutable_error()->set_message(error.message());
  return encode_frame(FrameKind::Reply, header, {});
}

base::Result<RunRequest> decode_request(std::span<const Segment> frame, const Limits& limits) {
  return decode(read_request, frame, limits);
}

base::Result<RunReply> decode_reply(std::span<const Segment> frame, const Limits& limits) {
  return decode(read_reply, frame, limits);
}

}  // namespace tandem::rpc
