#include "rpc/server.h"

#include "rpc/calls.h"

namespace tandem::rpc {

Server::Server(const std::string& address, Handler& handler, const Credentials& credentials, const Limits& limits)
    : wire::Server(
          address, [&handler, limits](const std::string& method) { return open_call(method, handler, limits); },
          credentials, limits) {}

}  // namespace tandem::rpc
