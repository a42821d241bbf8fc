// The listening side: takes calls of any service, and passes their messages to handlers. Has a thread for each message
// being handled, and one that waits for more.
#pragma once

#include <memory>
#include <string>

#include "wire/call_handler.h"
#include "wire/credentials.h"
#include "wire/limits.h"

namespace tandem::wire {

class Server {
 public:
  // Listens at `address` ("127.0.0.1:7101"; port 0 picks a free one). Throws Error(Refused) for an address beyond
  // loopback without TLS unless the credentials allow it, Error(InvalidInput) for other forms, and with the system's
  // reason when it cannot listen.
  Server(const std::string& address, CallOpener open_call, const Credentials& credentials, const Limits& limits = {});
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  // Ends idle streams at once and others after a second, and waits for their handlers to return. Safe from any thread
  // that is not in a handler.
  void stop();
  void wait();  // until stopped

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
  int port_ = 0;
};

}  // namespace tandem::wire
