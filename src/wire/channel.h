// Makes and tunes connections to peers. Private to wire/ and rpc/server_test.
#pragma once

#include <memory>
#include <string>

#include "wire/credentials.h"
#include "wire/limits.h"
#include "wire/tcp_socket.h"

namespace grpc {
class Channel;
class ServerBuilder;
}  // namespace grpc

namespace tandem::wire {

// A connection of its own, made when it is first used; `socket`, if any, follows it. `name` is what the peer's
// certificate must carry.
std::shared_ptr<grpc::Channel> open_channel(const std::string& name, const std::string& address,
                                            const Credentials& credentials, const Limits& limits,
                                            std::shared_ptr<TcpSocket> socket = nullptr);

// The same tuning for the listening side.
void tune(grpc::ServerBuilder& builder, const Limits& limits);

}  // namespace tandem::wire
