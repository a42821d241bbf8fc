// How close the link emulator comes to the link that it emulates: the time until the last byte of a message is there,
// against bytes ÷ bandwidth + delay. Usage: link_bench [--json] [--repetitions N] [--bandwidth MBPS]
// --bandwidth measures the cases of one of the bandwidths only.
#include <nlohmann/json.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/statistics.h"
#include "link/emulator.h"
#include "link/socket.h"

namespace {

using namespace tandem;
using Clock = std::chrono::steady_clock;

constexpr double kBandwidthsMbps[] = {1, 10, 100};
constexpr double kDelaysMs[] = {5, 40};
constexpr std::size_t kSizes[] = {19'000, 602'112};
constexpr double kSlowMs = 1000;  // messages that take longer are repeated less often

struct Case {
  double bandwidth_mbps;
  double delay_ms;
  std::size_t bytes;
  double ideal_ms() const { return static_cast<double>(bytes) * 8 / (bandwidth_mbps * 1000) + delay_ms; }
};

struct Row {
  Case measured;
  std::vector<double> times_ms;
  double median_ms() const { return base::median(times_ms); }
  double ratio() const { return median_ms() / measured.ideal_ms(); }
};

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "link_bench: failed: %s\n", what);
  std::exit(1);
}

// A connection through an emulator, both ends in this process, so that one clock times both.
class Loop {
 public:
  Loop() : listener_(link::listen_at(link::resolve("127.0.0.1:0"))) {
    link::LinkEmulatorOptions options;
    options.target = "127.0.0.1:" + std::to_string(link::local_port(listener_));
    emulator_ = std::make_unique<link::LinkEmulator>(options);
    sender_ = connect(emulator_->port());
    receiver_ = accept();
  }

  void set(const Case& conditions) {
    link::LinkConditions link{conditions.bandwidth_mbps, conditions.bandwidth_mbps};
    link.one_way_delay = base::Milliseconds(conditions.delay_ms);
    if (!emulator_->set(link)) fail("set");
  }

  double send_and_time_ms(std::size_t bytes) {
    const std::vector<char> message(bytes, 'x');
    Clock::time_point start;
    std::thread sending([&] {
      start = Clock::now();
      send(message);
    });
    receive(bytes);
    const Clock::time_point end = Clock::now();
    sending.join();
    return base::Milliseconds(end - start).count();
  }

 private:
  static link::Descriptor connect(int port) {
    link::Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
    return socket;
  }

  link::Descriptor accept() {
    for (;;) {
      link::Descriptor socket(::accept(listener_.number(), nullptr, nullptr));
      if (socket.is_open()) return socket;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  void send(const std::vector<char>& message) {
    for (std::size_t done = 0; done < message.size();) {
      const ssize_t count = ::send(sender_.number(), message.data() + done, message.size() - done, MSG_NOSIGNAL);
      if (count <= 0) fail("send");
      done += static_cast<std::size_t>(count);
    }
  }

  void receive(std::size_t bytes) {
    std::vector<char> buffer(64 << 10);
    for (std::size_t done = 0; done < bytes;) {
      const ssize_t count = ::recv(receiver_.number(), buffer.data(), buffer.size(), 0);
      if (count <= 0) fail("receive");
      done += static_cast<std::size_t>(count);
    }
  }

  link::Descriptor listener_;
  std::unique_ptr<link::LinkEmulator> emulator_;
  link::Descriptor sender_;
  link::Descriptor receiver_;
};

// Of all bandwidths, or of one.
std::vector<Row> cases(double only_mbps) {
  std::vector<Row> rows;
  for (const double bandwidth_mbps : kBandwidthsMbps) {
    if (only_mbps > 0 && bandwidth_mbps != only_mbps) continue;
    for (const double delay_ms : kDelaysMs) {
      for (const std::size_t bytes : kSizes) rows.push_back({{bandwidth_mbps, delay_ms, bytes}, {}});
    }
  }
  return rows;
}

// Interleaved, so that a disturbance of the machine does not fall on one case alone.
void measure(std::vector<Row>& rows, int repetitions) {
  Loop loop;
  for (int i = 0; i < repetitions; ++i) {
    for (Row& row : rows) {
      if (i > repetitions / 4 && row.measured.ideal_ms() > kSlowMs) continue;
      loop.set(row.measured);
      row.times_ms.push_back(loop.send_and_time_ms(row.measured.bytes));
    }
  }
}

void print_table(const std::vector<Row>& rows) {
  std::printf("%10s %9s %9s %11s %11s %11s %8s %5s\n", "Mbit/s", "delay ms", "bytes", "ideal ms", "median ms", "p95 ms",
              "ratio", "runs");
  for (const Row& row : rows) {
    std::printf("%10g %9g %9zu %11.3f %11.3f %11.3f %8.4f %5zu\n", row.measured.bandwidth_mbps, row.measured.delay_ms,
                row.measured.bytes, row.measured.ideal_ms(), row.median_ms(), base::quantile(row.times_ms, 0.95),
                row.ratio(), row.times_ms.size());
  }
}

void print_json(const std::vector<Row>& rows) {
  base::Json json = base::Json::array();
  for (const Row& row : rows) {
    json.push_back({{"bandwidth_mbps", row.measured.bandwidth_mbps},
                    {"one_way_delay_ms", row.measured.delay_ms},
                    {"size_bytes", row.measured.bytes},
                    {"ideal_ms", row.measured.ideal_ms()},
                    {"median_ms", row.median_ms()},
                    {"p95_ms", base::quantile(row.times_ms, 0.95)},
                    {"ratio", row.ratio()},
                    {"runs", row.times_ms.size()}});
  }
  std::printf("%s\n", json.dump(2).c_str());
}

}  // namespace

int main(int argument_count, char** arguments) {
  bool is_json = false;
  int repetitions = 15;
  double only_mbps = 0;
  for (int i = 1; i < argument_count; ++i) {
    if (std::strcmp(arguments[i], "--json") == 0) is_json = true;
    if (std::strcmp(arguments[i], "--repetitions") == 0 && i + 1 < argument_count) {
      repetitions = std::max(1, std::atoi(arguments[++i]));
    }
    if (std::strcmp(arguments[i], "--bandwidth") == 0 && i + 1 < argument_count) only_mbps = std::atof(arguments[++i]);
  }
  try {
    std::vector<Row> rows = cases(only_mbps);
    measure(rows, repetitions);
    is_json ? print_json(rows) : print_table(rows);
  } catch (const std::exception& error) {
    fail(error.what());
  }
}
