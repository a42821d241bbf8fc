// One client's connection through the link emulator: the client's socket, the target's socket, and the bytes between
// them, which move at the link model's pace. Used by the emulator's thread only. Private to link/.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "link/byte_queue.h"
#include "link/link_model.h"
#include "link/poller.h"
#include "link/socket.h"

namespace tandem::link {

class Connection {
 public:
  enum Side : std::size_t { kClient = 0, kTarget = 1 };

  struct Delivered {  // bytes delivered to the receiver's socket
    std::atomic<std::uint64_t> up{0};
    std::atomic<std::uint64_t> down{0};
  };

  // `target` is connecting, or closed when connecting has already failed. Events carry token_of(id, side).
  Connection(std::uint64_t id, Descriptor client, Descriptor target, LinkModel& link, Poller& poller,
             Delivered& delivered);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  static std::uint64_t token_of(std::uint64_t id, Side side) { return Poller::kFirstFree + 2 * id + side; }
  static std::uint64_t id_of(std::uint64_t token) { return (token - Poller::kFirstFree) / 2; }
  static Side side_of(std::uint64_t token) { return static_cast<Side>((token - Poller::kFirstFree) % 2); }

  void on_event(Side side, std::uint32_t events);
  void on_link_change();  // call it when bytes left a lane, or a lane has room again
  void abort();           // resets both sockets
  bool is_over() const;   // both sockets are closed

 private:
  struct Socket {
    Descriptor descriptor;
    std::uint32_t watched = 0;
    bool is_connected = true;
    bool is_input_open = true;  // the peer has not closed its sending side
    bool is_output_blocked = false;
  };
  // One direction: halves_[side] reads from `side`.
  struct Half {
    Direction direction;
    FlowPtr flow;
    ByteQueue bytes;  // in the lane or ready to be sent
    bool is_finished = false;
  };

  static Side other(Side side) { return side == kClient ? kTarget : kClient; }
  void finish_connecting();
  void receive(Side from);
  bool receive_once(Side from);
  void deliver(Side from);
  bool deliver_ready(Side from);
  void lose(Side side);
  void update_watch();
  std::uint32_t wanted_events(Side side) const;
  void count_delivered(Direction direction, std::size_t bytes);

  const std::uint64_t id_;
  LinkModel& link_;
  Poller& poller_;
  Delivered& delivered_;
  std::array<Socket, 2> sockets_;
  std::array<Half, 2> halves_;
};

}  // namespace tandem::link
