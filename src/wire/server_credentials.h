// The certificates of a listening server, as gRPC takes them: those of each moment. Private to wire/.
#pragma once

#include <memory>

#include "wire/credentials.h"

namespace grpc {
class ServerCredentials;
}

namespace tandem::wire {

// Each handshake uses what current() gives then.
std::shared_ptr<grpc::ServerCredentials> server_credentials(const std::shared_ptr<const Credentials>& given);

}  // namespace tandem::wire
