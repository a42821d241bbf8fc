// The listening side: takes calls of any service, and passes their messages to handlers. Has a thread for each message
// being handled, and one that waits for more.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "wire/call_handler.h"
#include "wire/credentials.h"
#include "wire/limits.h"
#include "wire/listening_sockets.h"

namespace tandem::wire {

class Server {
 public:
  Server(ListeningSockets sockets, CallOpener open_call, const Credentials& credentials, const Limits& limits = {});
  // Listens at `address`; throws as ListeningSockets does.
  Server(const std::string& address, CallOpener open_call, const Credentials& credentials, const Limits& limits = {});
  ~Server();  // stops
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  // Ends idle streams at once and cancels other calls at the deadline, and waits for their handlers to return. New
  // calls are refused as unavailable meanwhile. Safe from any thread that is not in a handler.
  void stop(base::Deadline deadline = base::Deadline::after(base::Milliseconds(1000)));
  void wait();  // until stopped

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
  int port_ = 0;
};

}  // namespace tandem::wire
