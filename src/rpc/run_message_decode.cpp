// Decoding: trusts nothing that a peer sent.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <iterator>
#include <new>
#include <string>

#include <fmt/format.h>

#include "base/digest.h"
#include "rpc/agent.pb.h"
#include "rpc/protobuf_limits.h"
#include "rpc/run_message.h"
#include "rpc/run_message_layout.h"
#include "rpc/segment_reader.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;

template <class T>
T fetch(const std::byte* from) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<T>(from[i]) << (8 * i));
  return value;
}

// Everything here throws Error, and decode() turns it into a value.

[[noreturn]] void fail(ErrorKind kind, const std::string& message) {
  throw Error(kind, "run message: " + message);
}

void check_limit(const char* what, std::size_t found, std::size_t limit) {
  if (found > limit) fail(ErrorKind::ResourceExhausted, fmt::format("{}: {}, expected at most {}", what, found, limit));
}

struct Prelude {
  std::size_t header_bytes = 0;
  std::size_t payload_bytes = 0;
  bool do_pieces_follow = false;
};

Prelude decode_prelude(SegmentReader& reader, MessageKind kind, std::size_t total, const Limits& limits) {
  check_limit("bytes", total, limits.message_bytes);
  if (total < kPreludeBytes)
    fail(ErrorKind::InvalidInput, fmt::format("{} bytes, expected at least {}", total, kPreludeBytes));
  std::array<std::byte, kPreludeBytes> bytes;
  reader.copy(bytes);
  if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
    fail(ErrorKind::InvalidInput, "does not start with 'TNDM'");
  const auto version = fetch<std::uint8_t>(&bytes[kVersionAt]);
  if (version != kVersion) fail(ErrorKind::Unsupported, fmt::format("version {}, expected {}", version, kVersion));
  const auto found_kind = fetch<std::uint8_t>(&bytes[kKindAt]);
  if (found_kind != static_cast<std::uint8_t>(kind)) {
    fail(ErrorKind::InvalidInput, fmt::format("kind {}, expected {}", found_kind, static_cast<int>(kind)));
  }
  const Prelude prelude{fetch<std::uint32_t>(&bytes[kHeaderLengthAt]), fetch<std::uint64_t>(&bytes[kPayloadLengthAt]),
                        bytes[kPiecesFollowAt] != std::byte{0}};
  check_limit("header bytes", prelude.header_bytes, limits.header_bytes);
  check_limit("payload bytes", prelude.payload_bytes, limits.message_bytes);
  const std::size_t declared = aligned(kPreludeBytes + prelude.header_bytes) + prelude.payload_bytes;
  if (declared != total)
    fail(ErrorKind::InvalidInput, fmt::format("{} bytes, of which {} are declared", total, declared));
  return prelude;
}

template <class Header>
Header decode_header(SegmentReader& reader, const Prelude& prelude, std::span<const FieldLimit> limits) {
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

// Sizes and offsets of all tensors against the payload, and their decoded sizes against the limits, before memory is
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
  check_limit("bytes of tensors", decoded_bytes, limits.message_bytes);
  check_limit("pieces of tensors", pieces, limits.pieces);
  return types;
}

struct Tensors {
  std::vector<base::NamedTensor> raw;
  std::vector<EncodedTensor> encoded;
};

Tensors decode_tensors(SegmentReader& reader, Entries& entries, std::size_t payload_bytes, const Limits& limits) {
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
    const base::TensorType bytes = base::byte_type(size);
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

// Of a hop, an offload or a deposit.
template <class Sender>
void check_codecs(const Sender& sender) {
  const bool has_each = sender.codecs_size() == 0 || sender.codecs_size() == sender.forwards_size();
  const auto is_one = [](const std::string& codec) { return codec.empty() || base::is_digest(codec); };
  if (has_each && std::ranges::all_of(sender.codecs(), is_one)) return;
  fail(ErrorKind::InvalidInput, fmt::format("{} codecs of {} tensors, expected none or for each a digest or nothing",
                                            sender.codecs_size(), sender.forwards_size()));
}

Offload decode_offload(v1::Offload& entry, std::size_t parts, const Limits& limits) {
  check_name("bytes of a target's name", entry.target(), limits);
  check_codecs(entry);
  if (entry.after_parts() >= entry.until_parts() || entry.until_parts() > parts) {
    fail(ErrorKind::InvalidInput, fmt::format("an offload from part {} until part {} of {}, expected parts beside it",
                                              entry.after_parts(), entry.until_parts(), parts));
  }
  return {entry.after_parts(),
          entry.until_parts(),
          std::move(*entry.mutable_target()),
          decode_names(*entry.mutable_parts(), limits),
          decode_names(*entry.mutable_forwards(), limits),
          decode_names(*entry.mutable_codecs(), limits),
          decode_names(*entry.mutable_answers(), limits)};
}

void check_key(const std::string& key) {
  if (key.size() == kDepositKeyBytes) return;
  fail(ErrorKind::InvalidInput,
       fmt::format("the key of a deposit has {} bytes, expected {}", key.size(), kDepositKeyBytes));
}

Deposit decode_deposit(v1::Deposit& entry, const Limits& limits) {
  check_name("bytes of a target's name", entry.target(), limits);
  check_codecs(entry);
  check_key(entry.key());
  return {std::move(*entry.mutable_target()), std::move(*entry.mutable_key()),
          decode_names(*entry.mutable_forwards(), limits), decode_names(*entry.mutable_codecs(), limits)};
}

Hop decode_hop(v1::Hop& entry, const Limits& limits) {
  check_name("bytes of a target's name", entry.target(), limits);
  check_codecs(entry);
  Hop hop{std::move(*entry.mutable_target()),
          decode_names(*entry.mutable_parts(), limits),
          decode_names(*entry.mutable_forwards(), limits),
          decode_names(*entry.mutable_answers(), limits),
          {},
          decode_names(*entry.mutable_codecs(), limits),
          {},
          {},
          {}};
  for (v1::ExitCheck& exit : *entry.mutable_exits()) hop.exits.push_back(decode_check(exit, limits));
  for (v1::Offload& offload : *entry.mutable_offloads())
    hop.offloads.push_back(decode_offload(offload, hop.parts.size(), limits));
  for (v1::Deposit& deposit : *entry.mutable_deposits()) hop.deposits.push_back(decode_deposit(deposit, limits));
  std::ranges::for_each(entry.awaits(), check_key);
  hop.awaits = decode_names(*entry.mutable_awaits(), limits);
  return hop;
}

// That of an offload or a deposit has none within.
HopReport decode_report(v1::HopReport& entry, const Limits& limits) {
  check_name("bytes of a target's name", entry.target(), limits);
  HopReport report{std::move(*entry.mutable_target()),
                   entry.compute_ms(),
                   entry.exchange_ms(),
                   entry.sent_bytes(),
                   entry.encode_ms(),
                   entry.decode_ms(),
                   {},
                   {},
                   entry.waited_ms()};
  for (v1::HopReport& offload : *entry.mutable_offloads()) {
    report.offloads.push_back(decode_report(offload, limits));
  }
  for (v1::HopReport& deposit : *entry.mutable_deposits()) {
    report.deposits.push_back(decode_report(deposit, limits));
  }
  return report;
}

Error decode_error(const v1::ErrorDetail& detail, const Limits& limits) {
  const bool is_known = detail.kind() >= v1::INVALID_INPUT && detail.kind() <= v1::INTERNAL;
  const auto kind = is_known ? static_cast<ErrorKind>(detail.kind() - 1) : ErrorKind::Internal;
  return Error(kind, detail.message().substr(0, limits.name_bytes));
}

RunRequest read_request(std::span<const wire::Segment> message, const Limits& limits) {
  SegmentReader reader(message, limits.memory);
  const Prelude prelude = decode_prelude(reader, MessageKind::Request, size_of(message), limits);
  const FieldLimit offload_limits[] = {
      {4, limits.parts}, {5, limits.tensors}, {6, limits.tensors}, {7, limits.tensors}};
  const FieldLimit deposit_limits[] = {{3, limits.tensors}, {4, limits.tensors}};
  const FieldLimit hop_limits[] = {{2, limits.parts},
                                   {3, limits.tensors},
                                   {4, limits.tensors},
                                   {5, limits.exits},
                                   {6, limits.tensors},
                                   {7, limits.offloads, offload_limits},
                                   {8, limits.hops, deposit_limits},
                                   {9, limits.hops}};
  const FieldLimit tensor_limits[] = {{3, limits.rank}};
  const FieldLimit field_limits[] = {{3, limits.hops, hop_limits}, {4, limits.tensors, tensor_limits}};
  auto header = decode_header<v1::RequestHeader>(reader, prelude, field_limits);
  RunRequest request;
  request.id = header.id();
  if (header.has_remaining_us()) {
    // Far more than a request ever gets; keeps the sum within the range of a clock.
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

RunReply read_reply(std::span<const wire::Segment> message, const Limits& limits) {
  SegmentReader reader(message, limits.memory);
  const Prelude prelude = decode_prelude(reader, MessageKind::Reply, size_of(message), limits);
  const FieldLimit inner_limits[] = {{1, 1}, {7, 0}, {8, 0}};
  const FieldLimit report_limits[] = {{1, 1}, {7, limits.offloads, inner_limits}, {8, limits.hops, inner_limits}};
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
base::Result<Message> decode(Message (*read)(std::span<const wire::Segment>, const Limits&),
                             std::span<const wire::Segment> message, const Limits& limits) {
  static const wire::Segment kNothing;
  try {
    return read(message.empty() ? std::span(&kNothing, 1) : message, limits);
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorKind::ResourceExhausted, fmt::format("run message: no memory for {} bytes", size_of(message)));
  }
}

}  // namespace

bool announces_pieces(std::span<const wire::Segment> message) {
  if (size_of(message) < kPreludeBytes) return false;
  std::array<std::byte, kPreludeBytes> bytes;
  SegmentReader(message).copy(bytes);
  return std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0 && bytes[kPiecesFollowAt] != std::byte{0};
}

base::Result<RunRequest> decode_request(std::span<const wire::Segment> message, const Limits& limits) {
  return decode(read_request, message, limits);
}

base::Result<RunReply> decode_reply(std::span<const wire::Segment> message, const Limits& limits) {
  return decode(read_reply, message, limits);
}

}  // namespace tandem::rpc
