// One hop on loopback: a request of so many bytes there, a tiny tensor back, Tandem's Peer and Server against a plain
// TCP socket. The servers are processes of their own; the two ways alternate within one run, so that both see the same
// noise.
//
//   hop_bench [--rounds 2000] [--unpinned] [--json]
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/statistics.h"
#include "rpc/peer.h"
#include "rpc/server.h"

namespace tandem {
namespace {

using base::Deadline;
using base::Milliseconds;

constexpr std::size_t kReplyBytes = 64;
constexpr int kWarmupRounds = 200;

void require(bool succeeded, const char* doing) {
  if (!succeeded)
    throw base::Error(base::ErrorKind::Internal, fmt::format("cannot {}: {}", doing, std::strerror(errno)));
}

struct Options {
  int rounds = 2000;
  bool is_pinned = true;
  bool as_json = false;
};

// The client has the first CPU and the servers have the others, as if they were two machines: left alone, the scheduler
// puts plain TCP's two processes on one CPU now and then, where it is twice as fast as between two.
void use_cpus(bool is_client) {
  cpu_set_t all;
  require(::sched_getaffinity(0, sizeof(all), &all) == 0, "learn the CPUs");
  if (CPU_COUNT(&all) < 2) return;
  int first = 0;
  while (!CPU_ISSET(first, &all)) ++first;
  cpu_set_t chosen = all;
  CPU_CLR(first, &chosen);
  if (is_client) CPU_ZERO(&chosen);
  if (is_client) CPU_SET(first, &chosen);
  require(::sched_setaffinity(0, sizeof(chosen), &chosen) == 0, "choose the CPUs");
}

// ---- plain TCP

void send_all(int socket, const std::vector<char>& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::send(socket, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    require(count > 0, "send");
    done += static_cast<std::size_t>(count);
  }
}

bool receive_all(int socket, std::vector<char>& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::recv(socket, bytes.data() + done, bytes.size() - done, 0);
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

void send_without_delay(int socket) {
  const int on = 1;
  require(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0, "switch off Nagle's algorithm");
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

void serve_tcp(const std::function<void(int)>& tell_port, std::size_t request_bytes) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  require(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 && ::listen(listener, 1) == 0, "listen");
  require(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0, "learn the port");
  tell_port(ntohs(address.sin_port));
  const int socket = ::accept(listener, nullptr, nullptr);
  require(socket >= 0, "accept");
  send_without_delay(socket);
  std::vector<char> request(request_bytes);
  const std::vector<char> reply(kReplyBytes);
  while (receive_all(socket, request)) send_all(socket, reply);
}

class TcpClient {
 public:
  TcpClient(int port, std::size_t request_bytes) : socket_(::socket(AF_INET, SOCK_STREAM, 0)), request_(request_bytes) {
    const sockaddr_in address = loopback(port);
    require(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0, "connect");
    send_without_delay(socket_);
  }
  ~TcpClient() { ::close(socket_); }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  void exchange() {
    send_all(socket_, request_);
    require(receive_all(socket_, reply_), "receive");
  }

 private:
  int socket_;
  std::vector<char> request_;
  std::vector<char> reply_ = std::vector<char>(kReplyBytes);
};

// ---- Tandem

class TinyReply : public rpc::Handler {
 public:
  rpc::TargetDescription describe() override { return {}; }
  std::vector<std::string> missing(const std::vector<std::string>&) override { return {}; }
  base::Status store_weight(const std::string&, base::Tensor) override { return base::Nothing{}; }
  base::Status load(const rpc::PartOffer&, const rpc::CallTerms&) override { return base::Nothing{}; }
  std::unique_ptr<rpc::TensorReceiver> receive(const rpc::EncodedTensor&, const base::Deadline&) override {
    throw base::Error(base::ErrorKind::Unsupported, "nothing is encoded here");
  }
  base::Result<rpc::RunReply> run(rpc::RunRequest request) override {
    return rpc::RunReply{
        request.id, {{"answer", base::Tensor::allocate({base::ElementType::UInt8, {kReplyBytes}})}}, {}};
  }
  base::Result<rpc::MeasureReply> measure(const rpc::MeasureRequest&, const rpc::CallTerms&) override {
    return rpc::MeasureReply{};
  }
  base::Result<rpc::LinkReport> probe(const rpc::ProbeRequest&) override { return rpc::LinkReport{}; }
};

void serve_tandem(const std::function<void(int)>& tell_port) {
  TinyReply handler;
  rpc::Server server("127.0.0.1:0", handler, {});
  tell_port(server.port());
  server.wait();
}

class TandemClient {
 public:
  TandemClient(int port, std::size_t request_bytes) : peer_("server", fmt::format("127.0.0.1:{}", port), {}) {
    const auto floats = static_cast<std::int64_t>(request_bytes / sizeof(float));
    base::Tensor tensor = base::Tensor::allocate({base::ElementType::Float32, {1, floats}});
    std::memset(tensor.mutable_bytes().data(), 1, tensor.size());
    request_.route = {{"server", {std::string(64, 'a')}, {}, {"answer"}}};
    request_.tensors = {{"features", std::move(tensor)}};
  }

  void exchange() {
    ++request_.id;
    request_.deadline = Deadline::after(Milliseconds(10'000));
    const auto reply = peer_.run(request_);
    if (!reply) throw reply.error();
  }

 private:
  rpc::Peer peer_;
  rpc::RunRequest request_;
};

// ---- the comparison

// Runs `serve` in a process that ends with this one; gives the port that it listens on.
int start_server(const Options& options, const std::function<void(const std::function<void(int)>&)>& serve) {
  int ends[2];
  require(::pipe(ends) == 0, "make a pipe");
  if (::fork() == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(ends[0]);
    if (options.is_pinned) use_cpus(false);
    serve([&](int port) { require(::write(ends[1], &port, sizeof(port)) == sizeof(port), "tell the port"); });
    std::_Exit(0);
  }
  ::close(ends[1]);
  int port = 0;
  require(::read(ends[0], &port, sizeof(port)) == sizeof(port), "start a server");
  ::close(ends[0]);
  return port;
}

double time_us(const std::function<void()>& exchange) {
  const base::Instant start = base::steady_clock().now();
  exchange();
  return Milliseconds(base::steady_clock().now() - start).count() * 1e3;
}

struct Comparison {
  std::size_t size_bytes = 0;
  std::vector<double> tcp_us, tandem_us, ratios;  // by round; a ratio is of neighbours in time
};

Comparison compare(std::size_t size_bytes, int tcp_port, int tandem_port, int rounds) {
  TcpClient tcp(tcp_port, size_bytes);
  TandemClient tandem(tandem_port, size_bytes);
  Comparison comparison{size_bytes, {}, {}, {}};
  for (int i = -kWarmupRounds; i < rounds; ++i) {
    const double tcp_us = time_us([&] { tcp.exchange(); });
    const double tandem_us = time_us([&] { tandem.exchange(); });
    if (i < 0) continue;
    comparison.tcp_us.push_back(tcp_us);
    comparison.tandem_us.push_back(tandem_us);
    comparison.ratios.push_back(tandem_us / tcp_us);
  }
  return comparison;
}

base::Json to_json(const Comparison& comparison) {
  const auto interval = base::median_interval(comparison.ratios);
  return {{"size_bytes", comparison.size_bytes},
          {"rounds", comparison.ratios.size()},
          {"tcp_p50_us", base::median(comparison.tcp_us)},
          {"tandem_p50_us", base::median(comparison.tandem_us)},
          {"tandem_p99_us", base::quantile(comparison.tandem_us, 0.99)},
          {"ratio_of_p50", base::median(comparison.tandem_us) / base::median(comparison.tcp_us)},
          {"paired_ratio_p50", base::median(comparison.ratios)},
          {"paired_ratio_low", interval.low},
          {"paired_ratio_high", interval.high}};
}

void print_table(const base::Json& rows) {
  fmt::print("one hop on loopback, {}-byte reply; the interval covers 95 %\n", kReplyBytes);
  fmt::print("{:>9} {:>7} {:>11} {:>14} {:>14} {:>7} {:>22}\n", "bytes", "rounds", "TCP p50 µs", "Tandem p50 µs",
             "Tandem p99 µs", "ratio", "paired ratio");
  for (const base::Json& row : rows) {
    const auto number = [&](const char* key) { return row.at(key).get<double>(); };
    fmt::print("{:>9} {:>7} {:>10.1f} {:>13.1f} {:>13.1f} {:>7.2f} {:>9.2f} [{:.2f}, {:.2f}]\n", number("size_bytes"),
               number("rounds"), number("tcp_p50_us"), number("tandem_p50_us"), number("tandem_p99_us"),
               number("ratio_of_p50"), number("paired_ratio_p50"), number("paired_ratio_low"),
               number("paired_ratio_high"));
  }
}

int run(const Options& options) {
  // Before any thread exists: gRPC does not survive a fork.
  constexpr std::size_t kSizes[] = {19 * 1000, 602 * 1000};
  std::vector<int> tcp_ports;
  for (const std::size_t size : kSizes) {
    tcp_ports.push_back(start_server(options, [size](const auto& tell_port) { serve_tcp(tell_port, size); }));
  }
  const int tandem_port = start_server(options, [](const auto& tell_port) { serve_tandem(tell_port); });
  if (options.is_pinned) use_cpus(true);
  base::Json rows = base::Json::array();
  for (std::size_t i = 0; i < std::size(kSizes); ++i) {
    rows.push_back(to_json(compare(kSizes[i], tcp_ports[i], tandem_port, options.rounds)));
  }
  if (options.as_json) {
    fmt::print("{}\n", base::Json{{"is_pinned", options.is_pinned}, {"hops", rows}}.dump(2));
  } else {
    print_table(rows);
  }
  return 0;
}

}  // namespace
}  // namespace tandem

int main(int count, char** arguments) {
  tandem::Options options;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument == "--json") {
      options.as_json = true;
    } else if (argument == "--unpinned") {
      options.is_pinned = false;
    } else if (argument == "--rounds" && i + 1 < count) {
      options.rounds = std::max(1, std::atoi(arguments[++i]));
    } else {
      fmt::print(stderr, "usage: hop_bench [--rounds 2000] [--unpinned] [--json]\n");
      return 2;
    }
  }
  try {
    return tandem::run(options);
  } catch (const std::exception& failure) {
    return tandem::base::report_failure("hop_bench", failure);
  }
}
