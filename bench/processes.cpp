#include "processes.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>

#include "base/error.h"
#include "engine/onnx_runtime.h"
#include "link/emulator.h"
#include "rpc/server.h"
#include "runtime/agent.h"

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
    const auto engine = engine::onnx_runtime({options.threads});
    runtime::AgentSettings settings;
    settings.name = options.name;
    settings.fleet = options.fleet;
    settings.slowdown = options.slowdown;
    settings.weight_cache = options.weight_cache;
    runtime::Agent agent(settings, *engine);
    rpc::Server server(local(options.port), agent, {});
    ready();
    server.wait();
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

}  // namespace tandem::bench
