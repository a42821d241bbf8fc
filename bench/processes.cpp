#include "processes.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <cstdio>
#include <fstream>

#include "base/error.h"
#include "link/emulator.h"
#include "workspace/hosted_agent.h"

namespace tandem::bench {

Process::Process(const std::function<void(const std::function<void()>& ready)>& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw base::Error(base::ErrorKind::Internal, "cannot make a pipe");
  std::fflush(nullptr);
  id_ = ::fork();
  if (id_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::close(ends[0]);
    try {
      work([&] { (void)!::write(ends[1], "r", 1); });
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}\n", error.what());
    }
    ::_exit(1);
  }
  ::close(ends[1]);
  char byte = 0;
  const bool is_ready = ::read(ends[0], &byte, 1) == 1;
  ::close(ends[0]);
  if (!is_ready) throw base::Error(base::ErrorKind::Unavailable, "a benchmark's process did not start");
}

Process::Process(Process&& other) noexcept : id_(other.id_) {
  other.id_ = -1;
}

Process::~Process() {
  if (id_ <= 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

std::int64_t Process::resident_bytes() const {
  std::ifstream file(fmt::format("/proc/{}/statm", id_));
  std::int64_t total = 0;
  std::int64_t resident = 0;
  file >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

int free_port() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const bool is_bound = ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                        ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(descriptor);
  if (!is_bound) throw base::Error(base::ErrorKind::Unavailable, "no free port on loopback");
  return ntohs(address.sin_port);
}

std::string local(int port) {
  return fmt::format("127.0.0.1:{}", port);
}

Process start_agent(const AgentOptions& options) {
  return Process([options](const std::function<void()>& ready) {
    agent::AgentSettings settings;
    settings.name = options.name;
    settings.fleet = options.fleet;
    settings.weight_cache = options.weight_cache;
    workspace::HostedAgent agent(
        {.listen = local(options.port), .slowdown = options.slowdown, .threads = options.threads, .cpus = options.cpus},
        std::move(settings));
    ready();
    agent.server().wait();
  });
}

Process start_link(int port, int target_port, const link::LinkConditions& conditions) {
  return Process([=](const std::function<void()>& ready) {
    link::LinkEmulatorOptions options;
    options.listen = local(port);
    options.target = local(target_port);
    options.conditions = conditions;
    const link::LinkEmulator emulator(options);
    ready();
    ::pause();
  });
}

AdjustableLink::AdjustableLink(int port, int target_port) {
  if (::pipe(orders_) != 0 || ::pipe(receipts_) != 0)
    throw base::Error(base::ErrorKind::Internal, "cannot make a pipe");
  process_ = std::make_unique<Process>([=, this](const std::function<void()>& ready) {
    link::LinkEmulatorOptions options;
    options.listen = local(port);
    options.target = local(target_port);
    link::LinkEmulator emulator(options);
    ready();
    link::LinkConditions conditions;
    while (::read(orders_[0], &conditions, sizeof conditions) == sizeof conditions) {
      const char is_done = emulator.set(conditions) ? 'y' : 'n';
      (void)!::write(receipts_[1], &is_done, 1);
    }
  });
}

AdjustableLink::~AdjustableLink() {
  for (const int end : {orders_[0], orders_[1], receipts_[0], receipts_[1]}) ::close(end);
}

void AdjustableLink::set(const link::LinkConditions& conditions) {
  char is_done = 'n';
  const bool is_sent = ::write(orders_[1], &conditions, sizeof conditions) == sizeof conditions;
  if (!is_sent || ::read(receipts_[0], &is_done, 1) != 1 || is_done != 'y')
    throw base::Error(base::ErrorKind::Internal, "the link emulator did not take its conditions");
}

base::Json apart(const std::function<base::Json()>& work) {
  int ends[2];
  if (::pipe(ends) != 0) throw base::Error(base::ErrorKind::Internal, "cannot make a pipe");
  Process child([&](const std::function<void()>& ready) {
    ready();
    const std::string text = work().dump();
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t count = ::write(ends[1], text.data() + sent, text.size() - sent);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
    ::_exit(0);
  });
  ::close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof(buffer))) > 0;)
    text.append(buffer, static_cast<std::size_t>(count));
  ::close(ends[0]);
  if (text.empty()) throw base::Error(base::ErrorKind::Internal, "a measurement in a process of its own failed");
  return base::parse_json(text, "measurement");
}

}  // namespace tandem::bench
