#include "link/emulator.h"

#include <algorithm>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "link/connection.h"
#include "link/link_model.h"
#include "link/poller.h"
#include "link/socket.h"

namespace tandem::link {
namespace {

using base::Instant;
using namespace std::chrono_literals;

constexpr std::uint64_t kListenerId = 0;  // connections count from 1
constexpr auto kPauseWithoutDescriptors = 100ms;

Instant now() {
  return std::chrono::steady_clock::now();
}

Address listening_address(const LinkEmulatorOptions& options) {
  Address address = resolve(options.listen);
  if (address.is_loopback() || options.allow_remote) return address;
  throw base::Error(
      base::ErrorKind::Refused,
      fmt::format("link emulator: '{}' is reachable from other machines, expected a loopback address", options.listen));
}

const LinkConditions& checked(const LinkConditions& conditions) {
  check(conditions).take();
  return conditions;
}

}  // namespace

// The thread owns all but the members under "shared".
struct LinkEmulator::Implementation {
  explicit Implementation(const LinkEmulatorOptions& options);

  void run();
  void handle(const epoll_event& event);
  void accept_clients();
  void connect_client(Descriptor client);
  void settle();
  bool refresh_changed(Direction direction);
  void refresh(std::uint64_t id);
  void remove_ended();
  void update_listening();
  void set(const LinkConditions& conditions);
  LinkReport report() const;

  // Shared: runs `task` on the thread and waits for it. Returns false when that has stopped.
  bool perform(const std::function<void()>& task);
  void perform_tasks();
  void stop();

  const std::size_t max_connections;
  const Address target;
  Poller poller;
  LinkModel link;
  Descriptor listener;
  const int port;
  std::uint32_t listener_watched = 0;
  Instant accept_again{};
  Connection::Delivered delivered;
  std::uint64_t accepted = 0;
  std::unordered_map<std::uint64_t, Connection> connections;
  std::vector<std::uint64_t> touched;  // connections that may have ended
  bool was_full = false;

  std::mutex mutex;  // guards the next two
  std::vector<std::packaged_task<void()>> tasks;
  bool is_stopping = false;
  std::mutex join_mutex;
  std::thread thread;
};

LinkEmulator::Implementation::Implementation(const LinkEmulatorOptions& options)
    : max_connections(options.max_connections),
      target(resolve(options.target)),
      link(checked(options.conditions), options.jitter_seed, now()),
      listener(listen_at(listening_address(options))),
      port(local_port(listener)) {
  if (options.conditions.cut) pause_listening(listener);
  update_listening();
  thread = std::thread([this] { run(); });
}

void LinkEmulator::Implementation::run() {
  go_first();
  for (;;) {
    const Instant accept_retry = accept_again > now() ? accept_again : Instant::max();
    for (const epoll_event& event : poller.wait_until(std::min(link.next_event(), accept_retry))) handle(event);
    perform_tasks();
    settle();
    remove_ended();
    update_listening();
    const std::lock_guard lock(mutex);
    if (is_stopping && tasks.empty()) return;
  }
}

void LinkEmulator::Implementation::handle(const epoll_event& event) {
  const std::uint64_t token = event.data.u64;
  if (token < Poller::kFirstFree) return;
  const std::uint64_t id = Connection::id_of(token);
  if (id == kListenerId) return accept_clients();
  const auto found = connections.find(id);
  if (found == connections.end()) return;
  found->second.on_event(Connection::side_of(token), event.events);
  touched.push_back(id);
}

void LinkEmulator::Implementation::accept_clients() {
  while (connections.size() < max_connections) {
    Accepted client = accept_from(listener);
    if (client.is_exhausted) accept_again = now() + kPauseWithoutDescriptors;
    if (!client.socket.is_open()) return;
    connect_client(std::move(client.socket));
  }
}

void LinkEmulator::Implementation::connect_client(Descriptor client) {
  const std::uint64_t id = ++accepted;
  connections.try_emplace(id, id, std::move(client), begin_connect(target), link, poller, delivered);
}

// Lets connections handle bytes that the link has let through, until nothing is left to do at this moment.
void LinkEmulator::Implementation::settle() {
  link.advance(now());
  const bool is_full = link.is_full();
  if (was_full && !is_full) {
    for (auto& [id, connection] : connections) refresh(id);
  }
  was_full = is_full;
  while (refresh_changed(Direction::Up) || refresh_changed(Direction::Down)) continue;
}

// Returns whether there was something to do.
bool LinkEmulator::Implementation::refresh_changed(Direction direction) {
  const std::vector<FlowPtr> changed = link.take_changed(direction);
  for (const FlowPtr& flow : changed) refresh(flow->connection);
  return !changed.empty();
}

void LinkEmulator::Implementation::refresh(std::uint64_t id) {
  const auto found = connections.find(id);
  if (found == connections.end()) return;
  found->second.on_link_change();
  touched.push_back(id);
}

void LinkEmulator::Implementation::remove_ended() {
  for (const std::uint64_t id : touched) {
    const auto found = connections.find(id);
    if (found != connections.end() && found->second.is_over()) connections.erase(found);
  }
  touched.clear();
}

void LinkEmulator::Implementation::update_listening() {
  const bool is_open = !link.conditions().cut && connections.size() < max_connections && accept_again <= now();
  const std::uint32_t wanted = is_open ? std::uint32_t{EPOLLIN} : 0;
  poller.watch(listener, Connection::token_of(kListenerId, Connection::kClient), listener_watched, wanted);
  listener_watched = wanted;
}

void LinkEmulator::Implementation::set(const LinkConditions& conditions) {
  const bool was_cut = link.conditions().cut;
  link.set(conditions, now());
  for (auto& [id, connection] : connections) {
    if (conditions.cut) connection.abort();
    connection.on_link_change();
  }
  if (conditions.cut) connections.clear();
  if (conditions.cut == was_cut) return;
  if (conditions.cut) {
    pause_listening(listener);
  } else {
    resume_listening(listener);
  }
}

LinkReport LinkEmulator::Implementation::report() const {
  LinkReport report;
  report.conditions = link.conditions();
  report.is_playing_trace = link.is_playing();
  report.traced_mbps = link.traced_mbps();
  report.up_bytes = delivered.up;
  report.down_bytes = delivered.down;
  report.connections_accepted = accepted;
  report.connections_open = connections.size();
  return report;
}

bool LinkEmulator::Implementation::perform(const std::function<void()>& task) {
  std::future<void> done;
  {
    const std::lock_guard lock(mutex);
    if (is_stopping) return false;
    tasks.emplace_back(task);
    done = tasks.back().get_future();
  }
  poller.wake();
  done.get();
  return true;
}

void LinkEmulator::Implementation::perform_tasks() {
  std::vector<std::packaged_task<void()>> due;
  {
    const std::lock_guard lock(mutex);
    due.swap(tasks);
  }
  for (auto& task : due) task();
}

void LinkEmulator::Implementation::stop() {
  {
    const std::lock_guard lock(mutex);
    is_stopping = true;
  }
  poller.wake();
  const std::lock_guard lock(join_mutex);
  if (!thread.joinable()) return;
  thread.join();
  for (auto& [id, connection] : connections) connection.abort();
  connections.clear();
  listener.reset();
}

LinkEmulator::LinkEmulator(const LinkEmulatorOptions& options)
    : implementation_(std::make_unique<Implementation>(options)) {}

LinkEmulator::~LinkEmulator() {
  stop();
}

int LinkEmulator::port() const {
  return implementation_->port;
}

base::Status LinkEmulator::set(const LinkConditions& conditions) {
  if (auto status = check(conditions); !status) return status;
  try {
    implementation_->perform([&] { implementation_->set(conditions); });
  } catch (const base::Error& error) {
    return error;
  }
  return base::Nothing{};
}

void LinkEmulator::play(BandwidthTrace trace, AtEnd at_end) {
  implementation_->perform([&] { implementation_->link.play(std::move(trace), at_end, now()); });
}

void LinkEmulator::stop_trace() {
  implementation_->perform([&] { implementation_->link.stop_trace(now()); });
}

base::Json LinkEmulator::state() const {
  return to_json(report());
}

LinkReport LinkEmulator::report() const {
  LinkReport report;
  implementation_->perform([&] { report = implementation_->report(); });
  return report;
}

void LinkEmulator::stop() {
  implementation_->stop();
}

base::Json to_json(const LinkReport& report) {
  base::Json json = to_json(report.conditions);
  if (report.is_playing_trace) json["traced_mbps"] = report.traced_mbps;
  json["up_bytes"] = report.up_bytes;
  json["down_bytes"] = report.down_bytes;
  json["connections_accepted"] = report.connections_accepted;
  json["connections_open"] = report.connections_open;
  return json;
}

}  // namespace tandem::link
