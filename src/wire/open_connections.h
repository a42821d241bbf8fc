// The open connections of a listener, and which of them makes room for a new one. A second descriptor for each tells of
// its end, whoever closes the first. One thread. Private to wire/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "wire/limits.h"

namespace tandem::wire {

class OpenConnections {
 public:
  // Events of `epoll` with a number of at least kFirst tell of the end of the connection with that number.
  static constexpr std::uint64_t kFirst = std::uint64_t{1} << 32;

  OpenConnections(const ConnectionCaps& caps, int epoll) : caps_(caps), epoll_(epoll) {}
  ~OpenConnections();
  OpenConnections(const OpenConnections&) = delete;
  OpenConnections& operator=(const OpenConnections&) = delete;

  // Whether one more of this peer fits, if need be in place of the oldest silent one: of the same peer at its own cap,
  // else of the peer that has most of them.
  bool make_room(const std::string& address);
  bool end_a_silent_one();
  bool add(int descriptor, const std::string& address);  // false where the process has no descriptor left
  void remove(std::uint64_t number);
  std::size_t size() const { return connections_.size(); }

 private:
  struct Connection {
    int watched = -1;
    std::string address;
  };
  struct Peer {
    std::size_t connections = 0;
    std::set<std::uint64_t> silent;  // by age; some may have spoken since
  };

  void forget_those_that_spoke(Peer& peer) const;
  bool end_oldest_silent(Peer& peer);

  const ConnectionCaps caps_;
  const int epoll_;
  std::uint64_t next_ = kFirst;
  std::map<std::uint64_t, Connection> connections_;
  std::map<std::string, Peer> peers_;  // by address
};

}  // namespace tandem::wire
