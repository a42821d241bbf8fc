// The socket calls of the link emulator: addresses, non-blocking TCP sockets, and their reads and writes.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/descriptor.h"

namespace tandem::link {

using base::Descriptor;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool is_loopback() const;
  int port() const;
  void set_port(int port);
};

// As base::parse_address reads it. Throws Error(NotFound) when the name has no address.
Address resolve(const std::string& host_and_port);

// A socket that listens at `address`; port 0 picks a free one. Throws with the kind of the system's error.
Descriptor listen_at(Address address);
// Connections are refused until resume_listening, but the port stays reserved. Throw Error(Unavailable).
void pause_listening(const Descriptor& listener);
void resume_listening(const Descriptor& listener);
int local_port(const Descriptor& socket);

// Accepts the next connection. Returns a closed descriptor when none waits, or when the process has no descriptors
// left: then `is_exhausted` is set.
struct Accepted {
  Descriptor socket;
  bool is_exhausted = false;
};
Accepted accept_from(const Descriptor& listener);

// Starts to connect: the socket becomes writable on success or failure. Closed when it failed at once.
Descriptor begin_connect(const Address& address);
bool has_failed(const Descriptor& socket);  // clears the socket's pending error

enum class Transfer { Done, WouldBlock, EndOfStream, Failed };
struct TransferResult {
  Transfer outcome;
  std::size_t bytes;
};
TransferResult receive_some(const Descriptor& socket, std::span<std::byte> into);
TransferResult send_some(const Descriptor& socket, std::span<const std::byte> bytes);

void finish_writing(const Descriptor& socket);  // sends a FIN
void reset_on_close(const Descriptor& socket);  // close() will send an RST and discard unsent bytes

}  // namespace tandem::link
