// Hands the sockets of a gRPC channel to a TcpSocket before they connect. Private to wire/.
#pragma once

#include <memory>

#include "wire/tcp_socket.h"

namespace grpc {
class ChannelArguments;
}

namespace tandem::wire {

void follow_sockets(grpc::ChannelArguments& arguments, std::shared_ptr<TcpSocket> socket);

}  // namespace tandem::wire
