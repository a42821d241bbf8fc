#include "wire/open_connections.h"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tandem::wire {
namespace {

// A client speaks first, with TLS and without.
bool has_spoken(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  return ::getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || info.tcpi_bytes_received > 0;
}

}  // namespace

OpenConnections::~OpenConnections() {
  while (!connections_.empty()) remove(connections_.begin()->first);
}

bool OpenConnections::make_room(const std::string& address) {
  const auto peer = peers_.find(address);
  if (peer != peers_.end() && peer->second.connections >= caps_.by_address && !end_oldest_silent(peer->second))
    return false;
  return connections_.size() < caps_.all || end_a_silent_one();
}

bool OpenConnections::end_a_silent_one() {
  Peer* largest = nullptr;
  for (auto& [address, peer] : peers_) {
    forget_those_that_spoke(peer);
    if (!peer.silent.empty() && (largest == nullptr || peer.connections > largest->connections)) largest = &peer;
  }
  return largest != nullptr && end_oldest_silent(*largest);
}

void OpenConnections::forget_those_that_spoke(Peer& peer) const {
  while (!peer.silent.empty() && has_spoken(connections_.at(*peer.silent.begin()).watched))
    peer.silent.erase(peer.silent.begin());
}

bool OpenConnections::end_oldest_silent(Peer& peer) {
  forget_those_that_spoke(peer);
  if (peer.silent.empty()) return false;
  const std::uint64_t number = *peer.silent.begin();
  ::shutdown(connections_.at(number).watched, SHUT_RDWR);  // its owner sees the end, too
  remove(number);
  return true;
}

bool OpenConnections::add(int descriptor, const std::string& address) {
  const int watched = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (watched < 0) return false;
  const std::uint64_t number = next_++;
  connections_[number] = {watched, address};
  Peer& peer = peers_[address];
  ++peer.connections;
  peer.silent.insert(number);
  epoll_event event{};  // the end is told in any case
  event.data.u64 = number;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, watched, &event);
  return true;
}

void OpenConnections::remove(std::uint64_t number) {
  const auto connection = connections_.find(number);
  if (connection == connections_.end()) return;
  const auto peer = peers_.find(connection->second.address);
  peer->second.silent.erase(number);
  if (--peer->second.connections == 0) peers_.erase(peer);
  // Closing alone would leave it watched: the connection has another descriptor.
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, connection->second.watched, nullptr);
  ::close(connection->second.watched);
  connections_.erase(connection);
}

}  // namespace tandem::wire
