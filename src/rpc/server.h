// The listening side of Tandem's methods: a wire::Server that decodes, checks limits and hands over to a Handler.
#pragma once

#include <string>

#include "rpc/credentials.h"
#include "rpc/handler.h"
#include "rpc/limits.h"
#include "wire/server.h"

namespace tandem::rpc {

class Server : public wire::Server {
 public:
  // As wire::Server. `handler` must outlive it.
  Server(wire::ListeningSockets sockets, Handler& handler, const Credentials& credentials, const Limits& limits = {});
  Server(const std::string& address, Handler& handler, const Credentials& credentials, const Limits& limits = {});
};

}  // namespace tandem::rpc
