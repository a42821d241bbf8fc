#include "rpc/server.h"

#include <utility>

#include "rpc/calls.h"

namespace tandem::rpc {

Server::Server(wire::ListeningSockets sockets, Handler& handler, const Credentials& credentials, const Limits& limits)
    : wire::Server(
          std::move(sockets),
          [&handler, limits](const std::string& method, const CallTerms& terms) {
            return open_call(method, terms, handler, limits);
          },
          credentials, limits) {}

Server::Server(const std::string& address, Handler& handler, const Credentials& credentials, const Limits& limits)
    : Server(wire::ListeningSockets(address, credentials), handler, credentials, limits) {}

}  // namespace tandem::rpc
