#include "link/connection.h"

#include <algorithm>

namespace tandem::link {
namespace {

// What one event may read, so that one busy connection does not hold up the others.
constexpr std::size_t kReadsPerEvent = 8;

base::Instant now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

Connection::Connection(std::uint64_t id, Descriptor client, Descriptor target, LinkModel& link, Poller& poller,
                       Delivered& delivered)
    : id_(id), link_(link), poller_(poller), delivered_(delivered) {
  sockets_[kClient].descriptor = std::move(client);
  sockets_[kTarget].descriptor = std::move(target);
  sockets_[kTarget].is_connected = false;
  halves_[kClient] = {Direction::Up, std::make_shared<Flow>(id)};
  halves_[kTarget] = {Direction::Down, std::make_shared<Flow>(id)};
  if (!sockets_[kTarget].descriptor.is_open()) lose(kTarget);
  update_watch();
}

Connection::~Connection() {
  for (const Half& half : halves_) link_.drop(half.direction, half.flow);
}

bool Connection::is_over() const {
  return std::ranges::none_of(sockets_, [](const Socket& socket) { return socket.descriptor.is_open(); });
}

void Connection::on_event(Side side, std::uint32_t events) {
  Socket& socket = sockets_[side];
  if (!socket.descriptor.is_open()) return;
  if (!socket.is_connected) {
    finish_connecting();
  } else if ((socket.watched & EPOLLIN) && (events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
    receive(side);
  } else if (events & (EPOLLHUP | EPOLLERR)) {
    lose(side);
  }
  if (socket.descriptor.is_open() && socket.is_output_blocked && (events & EPOLLOUT)) {
    socket.is_output_blocked = false;
    deliver(other(side));
  }
  update_watch();
}

void Connection::on_link_change() {
  deliver(kClient);
  deliver(kTarget);
  update_watch();
}

void Connection::abort() {
  for (Socket& socket : sockets_) {
    if (socket.descriptor.is_open()) reset_on_close(socket.descriptor);
    socket.descriptor.reset();
  }
  for (Half& half : halves_) {
    link_.drop(half.direction, half.flow);
    half.bytes.clear();
  }
}

void Connection::finish_connecting() {
  if (has_failed(sockets_[kTarget].descriptor)) return lose(kTarget);
  sockets_[kTarget].is_connected = true;
  deliver(kClient);
}

void Connection::receive(Side from) {
  for (std::size_t i = 0; i < kReadsPerEvent; ++i) {
    if (!link_.accepts(halves_[from].direction, *halves_[from].flow) || !receive_once(from)) return;
  }
}

// Returns whether there may be more to read.
bool Connection::receive_once(Side from) {
  Half& half = halves_[from];
  const auto [outcome, count] = receive_some(sockets_[from].descriptor, half.bytes.free_space());
  half.bytes.commit(count);
  switch (outcome) {
    // Stamped after it was read, so that no byte is ever ahead of its time.
    case Transfer::Done:
      link_.push(half.direction, half.flow, count, now());
      return true;
    case Transfer::WouldBlock:
      return false;
    case Transfer::EndOfStream:
      sockets_[from].is_input_open = false;
      link_.end(half.direction, half.flow, Ending::Finish, now());
      return false;
    case Transfer::Failed:
      lose(from);
      return false;
  }
  return false;
}

void Connection::deliver(Side from) {
  Half& half = halves_[from];
  const Socket& to = sockets_[other(from)];
  if (!to.descriptor.is_open() || half.flow->is_dropped) return;
  const bool is_all_sent = to.is_connected && deliver_ready(from);
  if (half.flow->ending == Ending::Reset) return abort();
  if (!is_all_sent || half.is_finished || half.flow->ending != Ending::Finish) return;
  finish_writing(to.descriptor);
  half.is_finished = true;
  if (halves_[other(from)].is_finished) {
    for (Socket& socket : sockets_) socket.descriptor.reset();
  }
}

// Sends bytes that have left the lane, as far as the socket takes them. Returns whether all were sent.
bool Connection::deliver_ready(Side from) {
  Half& half = halves_[from];
  Socket& to = sockets_[other(from)];
  while (half.flow->ready > 0 && !to.is_output_blocked) {
    const auto front = half.bytes.front();
    const auto [outcome, count] = send_some(to.descriptor, front.first(std::min(front.size(), half.flow->ready)));
    if (outcome == Transfer::Failed) {
      lose(other(from));
      return false;
    }
    to.is_output_blocked = outcome == Transfer::WouldBlock;
    half.bytes.consume(count);
    half.flow->ready -= count;
    count_delivered(half.direction, count);
  }
  return half.flow->ready == 0;
}

// The socket at `side` is dead. The other one hears of it when the reset has crossed the link, behind all bytes.
void Connection::lose(Side side) {
  sockets_[side].descriptor.reset();
  Half& to_lost = halves_[other(side)];
  link_.drop(to_lost.direction, to_lost.flow);
  to_lost.bytes.clear();
  link_.end(halves_[side].direction, halves_[side].flow, Ending::Reset, now());
}

void Connection::update_watch() {
  for (const Side side : {kClient, kTarget}) {
    Socket& socket = sockets_[side];
    if (!socket.descriptor.is_open()) continue;
    const std::uint32_t wanted = wanted_events(side);
    poller_.watch(socket.descriptor, token_of(id_, side), socket.watched, wanted);
    socket.watched = wanted;
  }
}

// EPOLLERR stands for resets alone, which come even if no event is asked for. After the end of the output no event is,
// so that the hang-up of a socket whose input waits to be read does not keep the thread spinning.
std::uint32_t Connection::wanted_events(Side side) const {
  const Socket& socket = sockets_[side];
  if (!socket.is_connected) return EPOLLOUT;
  const Half& half = halves_[side];
  std::uint32_t events = halves_[other(side)].is_finished ? 0 : std::uint32_t{EPOLLERR};
  if (socket.is_input_open && link_.accepts(half.direction, *half.flow)) events |= EPOLLIN;
  if (socket.is_output_blocked) events |= EPOLLOUT;
  return events;
}

void Connection::count_delivered(Direction direction, std::size_t bytes) {
  (direction == Direction::Up ? delivered_.up : delivered_.down).fetch_add(bytes, std::memory_order_relaxed);
}

}  // namespace tandem::link
