// The check of a server's certificate, once for each handshake: its name and that it is not revoked. Private to wire/.
#pragma once

#include <memory>
#include <string>

#include "wire/credentials.h"

namespace grpc {
class ChannelCredentials;
}

namespace tandem::wire {

// Credentials of a channel to the server of this name.
std::shared_ptr<grpc::ChannelCredentials> channel_credentials(const std::string& name, const Credentials& credentials);

// Opens the reason of a connection that this check ends.
inline constexpr const char* kServerCheckMark = "server check: ";

}  // namespace tandem::wire
