#include "wire/channel.h"

#include <algorithm>
#include <climits>
#include <utility>

#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include "wire/server_check.h"
#include "wire/socket_mutator.h"

namespace tandem::wire {
namespace {

// Settings of both ends; `set` takes a name and a value.
template <class Set>
void tune_transport(Set set) {
  // One DATA frame for a usual tensor; a ping still fits in between two.
  set(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, 1 << 20);
  set(GRPC_ARG_HTTP2_WRITE_BUFFER_SIZE, 4 << 20);
  set(GRPC_ARG_TSI_MAX_FRAME_SIZE, 1 << 20);
  // Filters that each message would pass without use. Without decompression a small message also stays small.
  set(GRPC_ARG_ENABLE_CHANNELZ, 0);
  set(GRPC_ARG_ENABLE_PER_MESSAGE_COMPRESSION, 0);
  set(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  // A ping waits behind megabytes in the sockets of a slow link; its answer may take that long.
  set(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  set(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 40'000);
  set(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  set(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
}

// Our clients send some 300. HPACK lets a peer send a byte for each copy of an earlier header.
constexpr int kMostHeaderBytes = 4096;

constexpr std::size_t kReplyBuffers = 16 << 20;  // of a peer, beside its largest reply

int as_int(std::size_t value) {
  return static_cast<int>(std::min<std::size_t>(value, INT_MAX));
}

grpc::ChannelArguments arguments_for(const std::string& name, const Credentials& credentials, const Limits& limits) {
  grpc::ChannelArguments arguments;
  tune_transport([&](const char* key, int value) { arguments.SetInt(key, value); });
  arguments.SetMaxReceiveMessageSize(as_int(limits.message_bytes));
  arguments.SetMaxSendMessageSize(-1);
  if (limits.memory != nullptr) {
    grpc::ResourceQuota quota;
    quota.Resize(limits.message_bytes + kReplyBuffers);
    arguments.SetResourceQuota(quota);
  }
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 50);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 500);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 2'000);  // also how long one attempt may take
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, INT_MAX);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a fresh channel is a fresh connection
  if (credentials.is_secure()) arguments.SetSslTargetNameOverride(name);
  return arguments;
}

}  // namespace

std::shared_ptr<grpc::Channel> open_channel(const std::string& name, const std::string& address,
                                            const Credentials& credentials, const Limits& limits,
                                            std::shared_ptr<TcpSocket> socket) {
  grpc::ChannelArguments arguments = arguments_for(name, credentials, limits);
  if (socket != nullptr) follow_sockets(arguments, std::move(socket));
  return grpc::CreateCustomChannel(address, channel_credentials(name, credentials), arguments);
}

void tune(grpc::ServerBuilder& builder, const Limits& limits) {
  tune_transport([&](const char* key, int value) { builder.AddChannelArgument(key, value); });
  builder.SetMaxReceiveMessageSize(as_int(limits.message_bytes));
  builder.SetMaxSendMessageSize(-1);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, as_int(streams_of_a_connection(limits)));
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMostHeaderBytes);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1'000);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a port in use is an error, not a second listener
}

}  // namespace tandem::wire
