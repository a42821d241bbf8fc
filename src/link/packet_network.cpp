#include "link/packet_network.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "link/network_namespace.h"
#include "link/packet_layout.h"
#include "link/packet_model.h"
#include "link/packet_pool.h"
#include "link/poller.h"

namespace tandem::link {
namespace {

using base::Instant;

constexpr std::size_t kPoolPackets = 131'072;  // 1 Gbit/s for a second and a half
constexpr int kReadsPerEvent = 64;             // so that one busy device does not hold up the others

// At the highest rates, packets whose times are this close are delivered together: half as many turns of the thread.
constexpr std::chrono::microseconds kPause{50};

Instant now() {
  return std::chrono::steady_clock::now();
}

std::string link_name(const PacketLinkOptions& link) {
  return link.one + "-" + link.other;
}

base::Json json_of(const PacketCounts& counts) {
  return {{"packets", counts.packets},
          {"bytes", counts.bytes},
          {"lost", counts.lost},
          {"tail_drops", counts.tail_drops},
          {"codel_drops", counts.codel_drops},
          {"cut_drops", counts.cut_drops},
          {"reordered", counts.reordered},
          {"duplicated", counts.duplicated},
          {"queue_packets", counts.queue_packets},
          {"queue_bytes", counts.queue_bytes}};
}

struct Link {
  Link(const LinkConditions& conditions, std::uint64_t seed) : model(conditions, seed, now()) {}

  PacketModel model;
  std::array<base::Descriptor, 2> devices;  // of the namespace that it goes up from, and of the other one
};

}  // namespace

struct PacketNetwork::Implementation {
  class Handle;

  explicit Implementation(const PacketNetworkOptions& options);
  ~Implementation();

  void make_namespaces(const PacketNetworkOptions& options);
  void run();
  void read_from(Link& link, std::size_t side);
  bool read_one(Link& link, std::size_t side);
  void deliver(Link& link);
  void deliver(Link& link, Direction direction);
  Instant next_event() const;

  std::vector<Link> links;
  std::vector<std::string> names;  // of the links
  std::vector<Handle> handles;
  std::vector<NetworkNamespace> holders;
  std::vector<Namespace> namespaces;
  PacketPool pool{kPoolPackets};
  Poller poller;
  std::mutex mutex;  // guards the links' models and the pool
  std::atomic<bool> is_stopping = false;
  std::thread thread;
};

class PacketNetwork::Implementation::Handle : public RunningLink {
 public:
  Handle(Implementation& network, std::size_t link) : network_(&network), link_(link) {}

  Carrier carrier() const override { return Carrier::Packets; }
  LinkConditions conditions() const override {
    const std::lock_guard lock(network_->mutex);
    return model().schedule().conditions();
  }
  base::Status set(const LinkConditions& conditions) override {
    if (auto status = check(conditions, Carrier::Packets); !status) return status;
    change([&](Instant time) { model().set(conditions, time); });
    return base::Nothing{};
  }
  void play(BandwidthTrace trace, AtEnd at_end) override {
    change([&](Instant time) { model().play(std::move(trace), at_end, time); });
  }
  void stop_trace() override {
    change([&](Instant time) { model().stop_trace(time); });
  }
  base::Json state() const override;

 private:
  PacketModel& model() const { return network_->links[link_].model; }
  template <class Change>
  void change(const Change& change) const {
    {
      const std::lock_guard lock(network_->mutex);
      change(now());
    }
    network_->poller.wake();
  }

  Implementation* network_;
  std::size_t link_;
};

base::Json PacketNetwork::Implementation::Handle::state() const {
  base::Json json{{"link", network_->names[link_]}};
  change([&](Instant time) {
    model().advance(time);
    const Schedule& schedule = model().schedule();
    json.update(link::to_json(schedule.conditions()));
    if (schedule.is_playing()) json["traced_mbps"] = schedule.traced_mbps();
    json["up"] = json_of(model().lane(Direction::Up).counts());
    json["down"] = json_of(model().lane(Direction::Down).counts());
  });
  return json;
}

PacketNetwork::Implementation::Implementation(const PacketNetworkOptions& options) {
  for (std::size_t i = 0; i < options.links.size(); ++i) {
    links.emplace_back(options.links[i].conditions, options.seed + 2 * i);
    names.push_back(link_name(options.links[i]));
    handles.emplace_back(*this, i);
  }
  make_namespaces(options);
  for (std::size_t i = 0; i < links.size(); ++i) {
    for (const std::size_t side : {0, 1}) {
      poller.watch(links[i].devices[side], Poller::kFirstFree + 2 * i + side, 0, EPOLLIN);
    }
  }
  thread = std::thread([this] { run(); });
}

PacketNetwork::Implementation::~Implementation() {
  is_stopping = true;
  poller.wake();
  thread.join();
}

void PacketNetwork::Implementation::make_namespaces(const PacketNetworkOptions& options) {
  for (const NamespaceLayout& layout : layouts_of(options)) {
    holders.emplace_back(layout.devices);
    for (std::size_t k = 0; k < layout.places.size(); ++k) {
      links[layout.places[k].link].devices[layout.places[k].side] = std::move(holders.back().devices()[k]);
    }
    namespaces.push_back({layout.name, holders.back().process(), layout.address});
  }
}

void PacketNetwork::Implementation::run() {
  go_first();
  Instant next = Instant::max();
  while (!is_stopping) {
    const auto events = poller.wait_until(next);
    const std::lock_guard lock(mutex);
    for (const epoll_event& event : events) {
      if (event.data.u64 < Poller::kFirstFree) continue;
      const std::uint64_t device = event.data.u64 - Poller::kFirstFree;
      read_from(links[device / 2], device % 2);
    }
    const Instant time = now();
    for (Link& link : links) link.model.advance(time);
    for (Link& link : links) deliver(link);
    next = std::max(next_event(), time + kPause);
  }
}

void PacketNetwork::Implementation::read_from(Link& link, std::size_t side) {
  for (int i = 0; i < kReadsPerEvent; ++i) {
    if (!read_one(link, side)) return;
  }
}

// Returns whether there was one. Without room for it, it is dropped as by a full queue.
bool PacketNetwork::Implementation::read_one(Link& link, std::size_t side) {
  const Direction direction = side == 0 ? Direction::Up : Direction::Down;
  const auto place = pool.take();
  std::array<std::byte, kPacketBytes> nowhere;
  const std::span<std::byte> room = place ? pool.at(*place) : nowhere;
  const ssize_t count = ::read(link.devices[side].number(), room.data(), room.size());
  if (count <= 0) {
    if (place) pool.give_back(*place);
    return false;
  }
  if (place) {
    link.model.push(direction, {*place, static_cast<std::uint32_t>(count)}, now());
  } else {
    link.model.lane(direction).count_tail_drop();
  }
  return true;
}

void PacketNetwork::Implementation::deliver(Link& link) {
  deliver(link, Direction::Up);
  deliver(link, Direction::Down);
}

void PacketNetwork::Implementation::deliver(Link& link, Direction direction) {
  PacketLane& lane = link.model.lane(direction);
  const int device = link.devices[direction == Direction::Up ? 1 : 0].number();
  for (const PacketLane::Delivery& delivery : lane.delivered()) {
    const std::byte* const bytes = pool.at(delivery.packet.buffer).data();
    for (int copy = 0; copy < (delivery.is_duplicated ? 2 : 1); ++copy) {
      [[maybe_unused]] const ssize_t written = ::write(device, bytes, delivery.packet.bytes);
    }
    pool.give_back(delivery.packet.buffer);
  }
  for (const Packet& packet : lane.dropped()) pool.give_back(packet.buffer);
  lane.clear_results();
}

Instant PacketNetwork::Implementation::next_event() const {
  Instant next = Instant::max();
  for (const Link& link : links) next = std::min(next, link.model.next_event());
  return next;
}

PacketNetwork::PacketNetwork(const PacketNetworkOptions& options) {
  check(options);
  implementation_ = std::make_unique<Implementation>(options);
}

PacketNetwork::~PacketNetwork() = default;

std::span<const PacketNetwork::Namespace> PacketNetwork::namespaces() const {
  return implementation_->namespaces;
}

const PacketNetwork::Namespace& PacketNetwork::find_namespace(const std::string& name) const {
  const auto found = std::ranges::find(implementation_->namespaces, name, &Namespace::name);
  if (found != implementation_->namespaces.end()) return *found;
  throw base::Error(base::ErrorKind::NotFound, fmt::format("no namespace '{}', expected a name of the links: {}", name,
                                                           fmt::join(link_names(), ", ")));
}

std::vector<std::string> PacketNetwork::link_names() const {
  return implementation_->names;
}

RunningLink& PacketNetwork::find_link(const std::string& name) {
  const auto found = std::ranges::find(implementation_->names, name);
  if (found != implementation_->names.end()) {
    return implementation_->handles[static_cast<std::size_t>(found - implementation_->names.begin())];
  }
  throw base::Error(base::ErrorKind::NotFound,
                    fmt::format("no link '{}', expected one of {}", name, fmt::join(implementation_->names, ", ")));
}

base::Json to_json(const PacketNetwork& network) {
  base::Json namespaces = base::Json::array();
  for (const PacketNetwork::Namespace& one : network.namespaces()) {
    namespaces.push_back({{"name", one.name}, {"process", one.process}, {"address", one.address}});
  }
  return {{"namespaces", namespaces}, {"links", network.link_names()}};
}

}  // namespace tandem::link
