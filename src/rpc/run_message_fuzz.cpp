// Fuzzes the decoders of run messages: any bytes are refused, or decode to something that encodes again.
#include <cstdint>
#include <cstdlib>

#include "rpc/run_message.h"

namespace {

using namespace tandem;

void require(bool holds) {
  if (!holds) std::abort();
}

void try_decoding(std::span<const wire::Segment> message, const rpc::Limits& limits) {
  if (const auto request = rpc::decode_request(message, limits)) {
    require(rpc::decode_request(rpc::encode(request.value()), limits).ok());
  }
  if (const auto reply = rpc::decode_reply(message, limits)) {
    require(rpc::decode_reply(rpc::encode(reply.value()), limits).ok());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rpc::Limits limits;
  limits.message_bytes = 1 << 20;
  const auto bytes = std::as_bytes(std::span(data, size));
  const wire::Segment whole{nullptr, bytes};
  try_decoding(std::span(&whole, 1), limits);
  // The same in two pieces, as it may arrive from a socket.
  const wire::Segment halves[] = {{nullptr, bytes.first(size / 2)}, {nullptr, bytes.subspan(size / 2)}};
  try_decoding(halves, limits);
  return 0;
}
