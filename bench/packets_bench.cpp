// The packet-level link emulator: how close it comes to the link that it emulates and to the kernel's own shaper (tbf),
// how much it carries on one core, and what TCP does on it. Usage: packets_bench [--json] [--repetitions N]
// [--only accuracy|speed|tcp]. Says so and ends well where network namespaces are not allowed.
#include <nlohmann/json.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/statistics.h"
#include "link/network_namespace.h"
#include "link/packet_network.h"

namespace {

using namespace tandem;
using base::Descriptor;
using base::Milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::uint16_t kPort = 7101;
constexpr std::size_t kDatagram = 1472;  // with its headers: a packet of 1,500 bytes
constexpr std::size_t kUp = 602'112;
constexpr std::size_t kBack = 64;

using WallTime = std::chrono::system_clock::time_point;

double ms_since(Clock::time_point start) {
  return Milliseconds(Clock::now() - start).count();
}

[[noreturn]] void fail(const std::string& what) {
  throw base::Error(base::ErrorKind::Internal, what + ": " + std::strerror(errno));
}

// An emulator in a process of its own, so that its time on the processor is known.
class Emulated {
 public:
  explicit Emulated(const link::LinkConditions& conditions) {
    int ends[2];
    if (::pipe(ends) != 0) fail("pipe");
    const Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    process_ = ::fork();
    if (process_ == 0) serve(conditions, writing);
    writing.reset();
    const bool is_running = ::read(reading.number(), networks_.data(), sizeof networks_) == sizeof networks_;
    if (is_running) return;
    end();
    throw base::Error(base::ErrorKind::Refused, "network namespaces are not allowed here");
  }
  ~Emulated() { end(); }
  Emulated(const Emulated&) = delete;
  Emulated& operator=(const Emulated&) = delete;

  double processor_seconds() const {
    clockid_t clock{};
    timespec time{};
    ::clock_getcpuclockid(process_, &clock);
    ::clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }

  // side 0: near, 10.77.0.1; 1: far, 10.77.0.2
  Descriptor socket(int side, int type) const {
    int number = -1;
    std::thread([&] {
      link::enter_network_of(networks_.at(static_cast<std::size_t>(side)));
      number = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
    }).join();
    if (number < 0) fail("socket");
    return Descriptor(number);
  }

  // Runs a program in the near namespace; false where there is none or it fails.
  bool run(const std::vector<const char*>& words) const {
    const pid_t child = ::fork();
    if (child == 0) {
      link::enter_network_of(networks_[0]);
      if (::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);
      std::vector<const char*> all = words;
      all.push_back(nullptr);
      ::execvp(all[0], const_cast<char* const*>(all.data()));
      ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  [[noreturn]] static void serve(const link::LinkConditions& conditions, const Descriptor& ready) {
    try {
      const link::PacketNetwork network({.links = {{"near", "far", conditions}}});
      const std::array<pid_t, 2> networks{network.namespaces()[0].process, network.namespaces()[1].process};
      if (::write(ready.number(), networks.data(), sizeof networks) != sizeof networks) ::_exit(1);
      for (;;) ::pause();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "packets_bench: %s\n", error.what());
      ::_exit(1);
    }
  }
  void end() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

  pid_t process_ = -1;
  std::array<pid_t, 2> networks_{};
};

sockaddr_in address(int side) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(kPort);
  result.sin_addr.s_addr = htonl((10U << 24) + (77U << 16) + 1 + static_cast<std::uint32_t>(side));
  return result;
}

void use(int (*call)(int, const sockaddr*, socklen_t), const Descriptor& socket, int side, const char* what) {
  const sockaddr_in place = address(side);
  if (call(socket.number(), reinterpret_cast<const sockaddr*>(&place), sizeof place) != 0) fail(what);
}

// Datagrams from near to far.
struct Datagrams {
  explicit Datagrams(const Emulated& emulated)
      : sender(emulated.socket(0, SOCK_DGRAM)), receiver(emulated.socket(1, SOCK_DGRAM)) {
    const int room = 64 << 20;
    ::setsockopt(receiver.number(), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    ::setsockopt(sender.number(), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof room);
    const int yes = 1;
    ::setsockopt(receiver.number(), SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
    use(::bind, receiver, 1, "bind");
    use(::connect, sender, 1, "connect");
  }
  void send() const {
    const std::array<char, kDatagram> data{};
    if (::send(sender.number(), data.data(), data.size(), 0) < 0) fail("send");
  }
  // When the kernel took it, however late this thread has its turn.
  WallTime receive() const {
    std::array<char, kDatagram> data{};
    iovec part{data.data(), data.size()};
    alignas(cmsghdr) std::array<char, 128> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    if (::recvmsg(receiver.number(), &header, 0) < 0) fail("receive");
    const cmsghdr* const stamp = CMSG_FIRSTHDR(&header);
    if (stamp == nullptr || stamp->cmsg_type != SO_TIMESTAMPNS) fail("no time of arrival");
    timespec time{};
    std::memcpy(&time, CMSG_DATA(stamp), sizeof time);
    return WallTime(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }

  Descriptor sender;
  Descriptor receiver;
};

// The rate at which a burst leaves the link, between the arrivals of its first and its last packet.
double burst_mbps(const Datagrams& datagrams, int packets) {
  std::thread sending([&] {
    for (int i = 0; i < packets; ++i) datagrams.send();
  });
  const WallTime first = datagrams.receive();
  WallTime last = first;
  for (int i = 1; i < packets; ++i) last = datagrams.receive();
  sending.join();
  return (packets - 1) * 1500 * 8 / Milliseconds(last - first).count() / 1000;
}

// tbf drops what waits too long, so that a burst is kept short of its limit.
std::optional<double> tbf_mbps(double mbps, int packets) {
  const Emulated emulated({});
  const std::string rate = fmt::format("{}mbit", mbps);
  if (!emulated.run({"tc", "qdisc", "add", "dev", "tandem0", "root", "tbf", "rate", rate.c_str(), "burst", "3000",
                     "limit", "10000000"})) {
    return std::nullopt;
  }
  return burst_mbps(Datagrams(emulated), packets);
}

base::Json rates(int repetitions) {
  base::Json rows = base::Json::array();
  for (const double mbps : {1.0, 10.0, 100.0, 500.0}) {
    const int packets = std::clamp(static_cast<int>(mbps * 40), 40, 4000);
    std::vector<double> measured;
    std::vector<double> of_tbf;
    for (int i = 0; i < repetitions; ++i) {
      const Emulated emulated({.up_mbps = mbps, .queue_kb = 10'000});
      measured.push_back(burst_mbps(Datagrams(emulated), packets));
      if (const auto rate = tbf_mbps(mbps, packets)) of_tbf.push_back(*rate);
    }
    base::Json row{
        {"bandwidth_mbps", mbps}, {"measured_mbps", base::median(measured)}, {"ratio", base::median(measured) / mbps}};
    if (!of_tbf.empty()) row["tbf_mbps"] = base::median(of_tbf);
    rows.push_back(row);
  }
  return rows;
}

base::Json delays(int repetitions) {
  base::Json rows = base::Json::array();
  for (const double delay_ms : {2.0, 20.0, 50.0}) {
    const Emulated emulated({.up_mbps = 100, .one_way_delay = Milliseconds(delay_ms)});
    const Datagrams datagrams(emulated);
    const double ideal_ms = delay_ms + 1500 * 8 / 100e3;
    std::vector<double> errors;
    for (int i = 0; i < repetitions * 20; ++i) {
      const WallTime start = std::chrono::system_clock::now();
      datagrams.send();
      errors.push_back(Milliseconds(datagrams.receive() - start).count() - ideal_ms);
    }
    rows.push_back({{"one_way_delay_ms", delay_ms},
                    {"ideal_ms", ideal_ms},
                    {"late_ms", base::median(errors)},
                    {"late_p95_ms", base::quantile(errors, 0.95)}});
  }
  return rows;
}

// A connection from near to far.
struct Connection {
  Connection(const Emulated& emulated, const std::string& control)
      : listener(emulated.socket(1, SOCK_STREAM)), near(emulated.socket(0, SOCK_STREAM)) {
    for (const Descriptor* socket : {&listener, &near}) {
      const auto size = static_cast<socklen_t>(control.size());
      if (!control.empty() && ::setsockopt(socket->number(), IPPROTO_TCP, TCP_CONGESTION, control.data(), size) != 0) {
        fail("congestion control " + control);
      }
    }
    use(::bind, listener, 1, "bind");
    if (::listen(listener.number(), 1) != 0) fail("listen");
    use(::connect, near, 1, "connect");
    far.reset(::accept(listener.number(), nullptr, nullptr));
    const int yes = 1;
    for (const Descriptor* socket : {&near, &far}) {
      ::setsockopt(socket->number(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
  }

  Descriptor listener;
  Descriptor near;
  Descriptor far;
};

bool receive_all(const Descriptor& socket, std::size_t bytes) {
  std::vector<char> buffer(256 << 10);
  while (bytes > 0) {
    const ssize_t count = ::recv(socket.number(), buffer.data(), std::min(buffer.size(), bytes), 0);
    if (count <= 0) return false;
    bytes -= static_cast<std::size_t>(count);
  }
  return true;
}

void send_all(const Descriptor& socket, std::size_t bytes) {
  if (!base::write_all(socket.number(), std::vector<std::byte>(bytes))) fail("send");
}

double mbps_over(const Connection& connection, std::size_t bytes) {
  std::thread sending([&] { send_all(connection.near, bytes); });
  const auto start = Clock::now();
  receive_all(connection.far, bytes);
  const double passed = ms_since(start);
  sending.join();
  return static_cast<double>(bytes) * 8 / passed / 1000;
}

base::Json speed(int repetitions) {
  base::Json rows = base::Json::array();
  for (const double mbps : {500.0, 0.0}) {
    const Emulated emulated({.up_mbps = mbps, .down_mbps = mbps, .one_way_delay = Milliseconds(1)});
    const Connection connection(emulated, "cubic");
    const std::size_t bytes = static_cast<std::size_t>(repetitions) * (20u << 20);
    (void)mbps_over(connection, 4u << 20);
    const double before = emulated.processor_seconds();
    const auto start = Clock::now();
    const double measured = mbps_over(connection, bytes);
    rows.push_back({{"bandwidth_mbps", mbps},
                    {"tcp_payload_mbps", measured},
                    {"emulator_cores", (emulated.processor_seconds() - before) / (ms_since(start) / 1000)}});
  }
  return rows;
}

// 602 KB up and 64 bytes back, after a pause.
double exchange_ms(const Connection& connection, double pause_s) {
  std::this_thread::sleep_for(std::chrono::duration<double>(pause_s));
  const auto start = Clock::now();
  send_all(connection.near, kUp);
  receive_all(connection.near, kBack);
  return ms_since(start);
}

constexpr std::pair<const char*, double> kPauses[] = {
    {"back_to_back_ms", 0}, {"after_0.2s_ms", 0.2}, {"after_1s_ms", 1}, {"after_3s_ms", 3}};

base::Json exchanges(const std::string& control, int repetitions) {
  std::vector<double> first;
  std::array<std::vector<double>, std::size(kPauses)> times;
  for (int i = 0; i < repetitions; ++i) {
    const Emulated emulated({.up_mbps = 100, .down_mbps = 100, .one_way_delay = Milliseconds(20)});
    const Connection connection(emulated, control);
    std::thread answering([&] {
      while (receive_all(connection.far, kUp)) send_all(connection.far, kBack);
    });
    first.push_back(exchange_ms(connection, 0));
    for (std::size_t k = 0; k < std::size(kPauses); ++k) {
      for (int warming = 0; warming < 3; ++warming) (void)exchange_ms(connection, 0);
      times[k].push_back(exchange_ms(connection, kPauses[k].second));
    }
    ::shutdown(connection.near.number(), SHUT_RDWR);
    answering.join();
  }
  base::Json row{{"control", control}};
  for (std::size_t k = 0; k < std::size(kPauses); ++k) row[kPauses[k].first] = base::median(times[k]);
  row["first_ms"] = base::median(first);
  return row;
}

base::Json tcp(int repetitions) {
  base::Json rows = base::Json::array();
  for (const char* control : {"cubic", "bbr"}) {
    try {
      rows.push_back(exchanges(control, repetitions));
    } catch (const base::Error& error) {
      rows.push_back({{"control", control}, {"error", error.message()}});
    }
  }
  return rows;
}

void print_table(const char* title, const base::Json& rows) {
  std::printf("\n%s\n", title);
  for (const auto& [key, value] : rows[0].items()) std::printf("%*s", static_cast<int>(key.size()) + 2, key.c_str());
  std::printf("\n");
  for (const base::Json& row : rows) {
    for (const auto& [key, value] : row.items()) {
      const std::string text =
          value.is_number() ? fmt::format("{:.4g}", value.get<double>()) : value.get<std::string>();
      std::printf("%*s", static_cast<int>(key.size()) + 2, text.c_str());
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argument_count, char** arguments) {
  bool is_json = false;
  int repetitions = 5;
  std::string only;
  for (int i = 1; i < argument_count; ++i) {
    if (std::strcmp(arguments[i], "--json") == 0) is_json = true;
    if (i + 1 == argument_count) break;
    if (std::strcmp(arguments[i], "--repetitions") == 0) repetitions = std::max(1, std::atoi(arguments[i + 1]));
    if (std::strcmp(arguments[i], "--only") == 0) only = arguments[i + 1];
  }
  base::Json all = base::Json::object();
  try {
    const Emulated probe({});
    const auto wants = [&](const char* name) { return only.empty() || only == name; };
    if (wants("accuracy")) all["rates"] = rates(repetitions);
    if (wants("accuracy")) all["delays"] = delays(repetitions);
    if (wants("speed")) all["speed"] = speed(repetitions);
    if (wants("tcp")) all["tcp"] = tcp(repetitions);
  } catch (const base::Error& error) {
    if (error.kind() != base::ErrorKind::Refused) return std::fprintf(stderr, "packets_bench: %s\n", error.what()), 1;
    all = {{"skipped", error.message()}};
  }
  if (is_json || all.contains("skipped")) {
    std::printf("%s\n", all.dump(2).c_str());
  } else {
    for (const auto& [name, rows] : all.items()) print_table(name.c_str(), rows);
  }
}
