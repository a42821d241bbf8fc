// The sockets at which a server listens. Opened before the server and without threads, so that a process can open them
// and pass them on to another one (fork). Used by wire/server.h and by supervised agents.
#pragma once

#include <string>
#include <vector>

#include "base/descriptor.h"
#include "wire/credentials.h"

namespace tandem::wire {

class ListeningSockets {
 public:
  // Listens at every address that "HOST:PORT" stands for; port 0 picks a free one. Throws Error(Refused) for an address
  // beyond loopback without TLS unless the credentials allow it, Error(InvalidInput) for other forms, and with the
  // system's reason when it cannot listen.
  ListeningSockets(const std::string& address, const Credentials& credentials);

  int port() const;
  std::vector<int> descriptors() const;
  void close() { sockets_.clear(); }

 private:
  std::vector<base::Descriptor> sockets_;
};

}  // namespace tandem::wire
