// Accepts connections for a server, so that no number of them makes it deaf: within caps in all and by address. At a
// cap, a new connection takes the place of the one that has been silent for longest; if none is silent, it is closed.
// Has a thread of its own. Private to wire/.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "wire/limits.h"
#include "wire/listening_sockets.h"

namespace tandem::wire {

class Listener {
 public:
  Listener(ListeningSockets sockets, const ConnectionCaps& caps);
  ~Listener();  // stops
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  int port() const;
  // `take` gets each connection, with the descriptor to own, on the listener's thread. Call it once.
  void start(std::function<void(int descriptor)> take);
  void stop();                      // no more connections are accepted
  std::size_t connections() const;  // open now; from any thread

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace tandem::wire
