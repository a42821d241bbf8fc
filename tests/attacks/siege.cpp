#include "attacks/siege.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "attacks/agent_process.h"
#include "attacks/network.h"
#include "base/error.h"
#include "base/private_folder.h"
#include "base/statistics.h"
#include "processes.h"

namespace tandem::attacks {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kSamplePeriod = std::chrono::milliseconds(10);

struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw base::Error(base::ErrorKind::Internal, "cannot make a pipe");
  }
  ~Pipe() {
    for (const int end : ends) ::close(end);
  }
  int from() const { return ends[0]; }
  int to() const { return ends[1]; }
  std::array<int, 2> ends{};
};

// The attack, in a process of its own, which waits until it is to begin.
class Attackers {
 public:
  explicit Attackers(const std::function<base::Json()>& attack)
      : process_([&](const std::function<void()>& ready) {
          ready();
          char order = 0;
          if (::read(orders_.from(), &order, 1) != 1) return;
          const std::string text = attack().dump() + "\n";
          (void)!::write(reports_.to(), text.data(), text.size());
          ::pause();
        }) {
    ::fcntl(reports_.from(), F_SETFL, O_NONBLOCK);
  }
  void begin() { (void)!::write(orders_.to(), "g", 1); }
  bool has_ended() {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(reports_.from(), buffer.data(), buffer.size());
    if (count > 0) report_.append(buffer.data(), static_cast<std::size_t>(count));
    return report_.ends_with('\n');
  }
  base::Json report() const { return base::parse_json(report_, "the attackers' report"); }

 private:
  Pipe orders_;
  Pipe reports_;
  std::string report_;
  bench::Process process_;
};

// The most memory that the worker was seen to have.
class MemoryWatch {
 public:
  explicit MemoryWatch(const AgentProcess& agent)
      : thread_([this, &agent](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            most_bytes_ = std::max<std::int64_t>(most_bytes_, agent.resident_bytes());
            std::this_thread::sleep_for(kSamplePeriod);
          }
        }) {}
  std::int64_t most_bytes() const { return most_bytes_; }

 private:
  std::atomic<std::int64_t> most_bytes_ = 0;
  std::jthread thread_;
};

}  // namespace

void add_siege_options(cli::Command& command, SiegeSettings& settings) {
  command.add_option("program", settings.program, "Path of tandem").required();
  command.add_option("--agent", settings.agent_arguments, "Further arguments of the agent").take_all();
  command.add_option("--alone", settings.seconds_alone, "Seconds of the honest client before the attack");
  command.add_flag("--json", settings.prints_json);
}

bool Outcome::is_survived() const {
  return is_agent_alive && beside.losses.empty() && beside.wrong == 0 && beside.asked > 0;
}

Outcome besiege(const SiegeSettings& settings, const Attack& attack) {
  const base::PrivateFolder folder("attack");
  const std::filesystem::path certificates = folder.path() / "certs";
  run_program({settings.program, "certs", certificates, kEdge});
  run_program({settings.program, "certs", certificates, "honest", "hostile", "--role", "operator"});
  std::vector<std::string> arguments = {"--certs", certificates};
  arguments.insert(arguments.end(), settings.agent_arguments.begin(), settings.agent_arguments.end());
  ::setenv("TANDEM_CACHE", (folder.path() / "cache").c_str(), 1);
  AgentProcess agent({settings.program, kEdge, arguments, folder.path()});
  const std::string address = bench::local(agent.port());
  Attackers attackers([&] { return attack(address, wire::read_credentials(certificates, "hostile")); });
  Network network("lenet5", "honest", address, certificates);
  HonestClient client(network, {});
  Outcome outcome;
  {
    const MemoryWatch memory(agent);
    const auto end = Clock::now() + std::chrono::seconds(settings.seconds_alone);
    outcome.alone = client.ask_while([&] { return Clock::now() < end; });
    attackers.begin();
    outcome.beside = client.ask_while([&] { return !attackers.has_ended(); });
    outcome.most_resident_bytes = memory.most_bytes();
  }
  outcome.attack = attackers.report();
  outcome.worker_deaths = agent.worker_deaths();
  outcome.is_agent_alive = agent.is_running();
  if (!outcome.is_survived()) fmt::print(stderr, "{}\n", agent.log());
  return outcome;
}

int report(const SiegeSettings& settings, const Outcome& outcome) {
  const auto p99 = [](const HonestFigures& figures) { return base::quantile(figures.latencies_ms, 0.99); };
  if (settings.prints_json) {
    const base::Json json = {{"alone", to_json(outcome.alone)},
                             {"beside", to_json(outcome.beside)},
                             {"p99_ratio", p99(outcome.beside) / p99(outcome.alone)},
                             {"attack", outcome.attack},
                             {"agent_is_alive", outcome.is_agent_alive},
                             {"worker_deaths", outcome.worker_deaths},
                             {"most_resident_bytes", outcome.most_resident_bytes}};
    fmt::print("{}\n", json.dump(1));
  } else {
    fmt::print("attack: {}\nthe client alone: {}\nbeside the attack: {}\n", outcome.attack.dump(),
               to_json(outcome.alone).dump(), to_json(outcome.beside).dump());
    fmt::print("p99 {:.1f} × alone, {} deaths of the worker, which had {:.0f} MB at most: {}\n",
               p99(outcome.beside) / p99(outcome.alone), outcome.worker_deaths,
               static_cast<double>(outcome.most_resident_bytes) / 1e6,
               outcome.is_survived() ? "survived" : "NOT survived");
  }
  return outcome.is_survived() ? 0 : 1;
}

}  // namespace tandem::attacks
