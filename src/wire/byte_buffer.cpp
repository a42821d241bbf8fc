#include "wire/byte_buffer.h"

#include <grpcpp/support/byte_buffer.h>

#include "base/error.h"

namespace tandem::wire {
namespace {

// Smaller segments are copied: keeping their owner costs more than they do.
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

Segments to_segments(const grpc::ByteBuffer& buffer) {
  const auto slices = std::make_shared<std::vector<grpc::Slice>>();
  if (buffer.Length() != 0 && !buffer.Dump(slices.get()).ok()) {
    throw base::Error(base::ErrorKind::InvalidInput, "a message that gRPC cannot decompress");
  }
  Segments segments;
  segments.reserve(slices->size());
  for (const grpc::Slice& slice : *slices) {
    segments.push_back({slices, {reinterpret_cast<const std::byte*>(slice.begin()), slice.size()}});
  }
  return segments;
}

}  // namespace tandem::wire
