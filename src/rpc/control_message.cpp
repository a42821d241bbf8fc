#include "rpc/control_message.h"

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <google/protobuf/message_lite.h>

#include "rpc/protobuf_limits.h"

namespace tandem::rpc {

using base::Error;
using base::ErrorKind;

wire::Segments to_segments(const google::protobuf::MessageLite& message) {
  const auto text = std::make_shared<const std::string>(message.SerializeAsString());
  return {{text, std::as_bytes(std::span(*text))}};
}

base::Status parse(const wire::Segments& segments, std::size_t limit_bytes, std::span<const FieldLimit> limits,
                   google::protobuf::MessageLite& message) {
  if (const std::size_t size = size_of(segments); size > limit_bytes) {
    return Error(ErrorKind::ResourceExhausted,
                 fmt::format("a message of {} bytes, expected at most {}", size, limit_bytes));
  }
  std::vector<std::byte> storage;
  const std::span<const std::byte> bytes = contiguous(segments, storage);
  if (!keeps_limits(bytes, limits) || !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("a message that is no {}, or lists more than the limits allow", message.GetTypeName()));
  }
  return base::Nothing{};
}

}  // namespace tandem::rpc
