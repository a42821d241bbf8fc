// Encoding. What is encoded here run_message_decode.cpp decodes.
#include <array>
#include <cstring>
#include <string>

#include "rpc/agent.pb.h"
#include "rpc/run_message.h"
#include "rpc/run_message_layout.h"

namespace tandem::rpc {
namespace {

using base::Error;

template <class T>
void store(T value, std::byte* to) {
  for (std::size_t i = 0; i < sizeof(T); ++i) to[i] = static_cast<std::byte>(value >> (8 * i));
}

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

void describe(const Offload& offload, v1::Offload& entry) {
  entry.set_after_parts(offload.after_parts);
  entry.set_until_parts(offload.until_parts);
  entry.set_target(offload.target);
  entry.mutable_parts()->Assign(offload.parts.begin(), offload.parts.end());
  entry.mutable_forwards()->Assign(offload.forwards.begin(), offload.forwards.end());
  entry.mutable_codecs()->Assign(offload.codecs.begin(), offload.codecs.end());
  entry.mutable_answers()->Assign(offload.answers.begin(), offload.answers.end());
}

void describe(const Deposit& deposit, v1::Deposit& entry) {
  entry.set_target(deposit.target);
  entry.set_key(deposit.key);
  entry.mutable_forwards()->Assign(deposit.forwards.begin(), deposit.forwards.end());
  entry.mutable_codecs()->Assign(deposit.codecs.begin(), deposit.codecs.end());
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
  for (const Offload& offload : hop.offloads) describe(offload, *entry.add_offloads());
  for (const Deposit& deposit : hop.deposits) describe(deposit, *entry.add_deposits());
  entry.mutable_awaits()->Assign(hop.awaits.begin(), hop.awaits.end());
}

void describe(const HopReport& report, v1::HopReport& entry) {
  entry.set_target(report.target);
  entry.set_compute_ms(report.compute_ms);
  entry.set_exchange_ms(report.exchange_ms);
  entry.set_sent_bytes(report.sent_bytes);
  entry.set_encode_ms(report.encode_ms);
  entry.set_decode_ms(report.decode_ms);
  entry.set_waited_ms(report.waited_ms);
  for (const HopReport& offload : report.offloads) describe(offload, *entry.add_offloads());
  for (const HopReport& deposit : report.deposits) describe(deposit, *entry.add_deposits());
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

// Prelude and header, padded so that the payload starts aligned.
template <class Header>
wire::Segment encode_head(MessageKind kind, const Header& header, std::size_t payload_bytes, bool do_pieces_follow) {
  const std::size_t header_bytes = header.ByteSizeLong();
  auto head = std::make_shared<std::vector<std::byte>>(aligned(kPreludeBytes + header_bytes));
  std::byte* const at = head->data();
  std::memcpy(at, kMagic.data(), kMagic.size());
  store(kVersion, at + kVersionAt);
  store(static_cast<std::uint8_t>(kind), at + kKindAt);
  store(static_cast<std::uint8_t>(do_pieces_follow), at + kPiecesFollowAt);
  store(static_cast<std::uint32_t>(header_bytes), at + kHeaderLengthAt);
  store(static_cast<std::uint64_t>(payload_bytes), at + kPayloadLengthAt);
  header.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(at + kPreludeBytes));
  const std::span<const std::byte> bytes(*head);
  return {std::move(head), bytes};
}

void append_tensors(const Payload& payload, wire::Segments& message) {
  static constexpr std::array<std::byte, kAlignment> kPadding{};
  std::size_t end = 0;
  for (const base::Tensor* tensor : payload) {
    if (aligned(end) != end) message.push_back({nullptr, std::span(kPadding).first(aligned(end) - end)});
    if (tensor->size() != 0) message.push_back({tensor->owner(), tensor->bytes()});
    end = aligned(end) + tensor->size();
  }
}

template <class Header>
wire::Segments encode_message(MessageKind kind, const Header& header, const Payload& payload,
                              bool do_pieces_follow = false) {
  wire::Segments message;
  message.reserve(1 + 2 * payload.size());
  message.push_back(encode_head(kind, header, size_of(payload), do_pieces_follow));
  append_tensors(payload, message);
  return message;
}

}  // namespace

wire::Segments encode(const RunRequest& request) {
  v1::RequestHeader header;
  header.set_id(request.id);
  if (!request.deadline.is_never()) {
    const auto remaining = std::chrono::duration_cast<std::chrono::microseconds>(request.deadline.remaining());
    header.set_remaining_us(static_cast<std::uint64_t>(std::max<std::int64_t>(0, remaining.count())));
  }
  for (const Hop& hop : request.route) describe(hop, *header.add_route());
  for (const base::NamedTensor& named : request.tensors) describe(named, *header.add_tensors());
  for (const EncodedTensor& encoded : request.encoded) describe(encoded, *header.add_tensors());
  return encode_message(MessageKind::Request, header, payload_of(request.tensors, request.encoded),
                        has_pieces_that_follow(request.encoded));
}

wire::Segments encode(const RunReply& reply) {
  v1::ReplyHeader header;
  header.set_id(reply.id);
  for (const HopReport& report : reply.hops) describe(report, *header.add_hops());
  for (const base::NamedTensor& named : reply.tensors) describe(named, *header.add_tensors());
  return encode_message(MessageKind::Reply, header, payload_of(reply.tensors));
}

wire::Segments encode(std::uint64_t id, const Error& error) {
  v1::ReplyHeader header;
  header.set_id(id);
  header.mutable_error()->set_kind(static_cast<v1::ErrorKind>(static_cast<int>(error.kind()) + 1));
  header.mutable_error()->set_message(error.message());
  return encode_message(MessageKind::Reply, header, {});
}

}  // namespace tandem::rpc
