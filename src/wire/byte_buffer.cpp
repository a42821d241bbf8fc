#include "rpc/byte_buffer.h"

#include <cstring>

#include <fmt/format.h>
#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

#include "rpc/protobuf_limits.h"

namespace tandem::rpc {
namespace {

using base::Error;
using base::ErrorKind;

// Smaller pieces are copied: keeping their owner costs more than they do.
constexpr std::size_t kSmallBytes = 256;

grpc::Slice to_slice(const Segment& segment) {
  auto* const data = const_cast<std::byte*>(segment.bytes.data());  // gRPC only reads it
  if (segment.owner == nullptr || segment.bytes.size() <= kSmallBytes) return grpc::Slice(data, segment.bytes.size());
  using Owner = std::shared_ptr<const void>;
  const auto release = [](void* owner) { delete static_cast<Owner*>(owner); };
  return grpc::Slice(data, segment.bytes.size(), release, new Owner(segment.owner));
}

}  // namespace

grpc::ByteBuffer to_byte_buffer(const Segments& segments) {
  std::vector<grpc::Slice> slices;
  slices.reserve(segments.size());
  for (const Segment& segment : segments) slices.push_back(to_slice(segment));
  return grpc::ByteBuffer(slices.data(), slices.size());
}

grpc::ByteBuffer to_byte_buffer(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

Segments to_segments(const grpc::ByteBuffer& buffer) {
  const auto slices = std::make_shared<std::vector<grpc::Slice>>();
  if (buffer.Length() != 0 && !buffer.Dump(slices.get()).ok()) {
    throw Error(ErrorKind::InvalidInput, "a message that gRPC cannot decompress");
  }
  Segments segments;
  segments.reserve(slices->size());
  for (const grpc::Slice& slice : *slices) {
    segments.push_back({slices, {reinterpret_cast<const std::byte*>(slice.begin()), slice.size()}});
  }
  return segments;
}

std::span<const std::byte> contiguous(const Segments& segments, std::vector<std::byte>& storage) {
  if (segments.size() == 1) return segments.front().bytes;
  storage.clear();
  storage.reserve(size_of(segments));
  for (const Segment& segment : segments) storage.insert(storage.end(), segment.bytes.begin(), segment.bytes.end());
  return storage;
}

base::Status parse(const grpc::ByteBuffer& buffer, std::size_t limit_bytes, std::span<const FieldLimit> limits,
                   google::protobuf::MessageLite& message) {
  if (buffer.Length() > limit_bytes) {
    return Error(ErrorKind::ResourceExhausted,
                 fmt::format("a message of {} bytes, expected at most {}", buffer.Length(), limit_bytes));
  }
  std::vector<std::byte> storage;
  const Segments segments = to_segments(buffer);
  const std::span<const std::byte> bytes = contiguous(segments, storage);
  if (!keeps_limits(bytes, limits) || !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("a message that is no {}, or lists more than the limits allow", message.GetTypeName()));
  }
  return base::Nothing{};
}

}  // namespace tandem::rpc
