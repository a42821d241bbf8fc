// Requests with a deadline while the edge, or the link to it, fails again and again: each must end in time, with the
// right answer where there is one. Prints a line for each kind of fault. Ends with 1 if a request hung or an answer was
// wrong.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "attacks/agent_process.h"
#include "attacks/network.h"
#include "base/error.h"
#include "base/private_folder.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "processes.h"
#include "serve/rescue.h"

namespace tandem::attacks {
namespace {

using base::Milliseconds;

constexpr Milliseconds kLate{1};     // beyond the deadline
constexpr Milliseconds kHung{1000};  // likewise
constexpr Milliseconds kLongestFault{200};
constexpr Milliseconds kLongestPause{800};
constexpr std::size_t kFirstLayerOnEdge = 3;

struct Settings {
  std::string program;
  std::vector<std::string> faults;
  int requests = 200;
  double per_second = 100;
  int in_flight = 1;
  double deadline_ms = 100;
  int seed = 1;
  bool has_tls = false;
  bool prints_json = false;
};

struct Figures {
  std::size_t faults = 0;
  std::size_t answered = 0;
  std::size_t rescued = 0;  // by the device alone
  std::size_t wrong = 0;
  std::size_t late = 0;
  std::size_t hung = 0;
  double latest_ms = 0;  // beyond the deadline
  std::map<std::string, std::size_t> errors;
};

// What can be broken.
struct Edge {
  AgentProcess& agent;
  bench::AdjustableLink& link;
};

// A fault, and its end.
struct Fault {
  std::function<void(Edge&)> begin;
  std::function<void(Edge&)> end = [](Edge&) {};
};

Fault of_link(const std::function<void(link::LinkConditions&)>& spoil) {
  return {[spoil](Edge& edge) {
            link::LinkConditions conditions;
            spoil(conditions);
            edge.link.set(conditions);
          },
          [](Edge& edge) { edge.link.set({}); }};
}

const std::map<std::string, Fault>& faults() {
  static const std::map<std::string, Fault> all = {
      {"kill", {[](Edge& edge) { edge.agent.signal_worker(SIGKILL); }}},
      {"stop",
       {[](Edge& edge) { edge.agent.signal_worker(SIGSTOP); }, [](Edge& edge) { edge.agent.signal_worker(SIGCONT); }}},
      {"stall", of_link([](auto& link) { link.stalled = true; })},
      {"cut", of_link([](auto& link) { link.cut = true; })},
      {"slow", of_link([](auto& link) { link.up_mbps = link.down_mbps = 0.2; })},
      {"jitter", of_link([](auto& link) { link.jitter = Milliseconds(60); })},
      {"restart", {[](Edge& edge) { edge.agent.start_anew(); }}}};  // it comes back empty
  return all;
}

// Breaks the edge again and again, in a thread of its own.
class Disturber {
 public:
  Disturber(Edge& edge, const Fault& fault, int seed)
      : thread_([&edge, &fault, seed, this](const std::stop_token& stop) {
          std::mt19937_64 random(static_cast<std::uint64_t>(seed));
          const auto wait = [&](Milliseconds longest) {
            std::this_thread::sleep_for(longest * std::uniform_real_distribution(0.05, 1.0)(random));
          };
          while (!stop.stop_requested()) {
            fault.begin(edge);
            wait(kLongestFault);
            fault.end(edge);
            ++count_;
            wait(kLongestPause);
          }
        }) {}
  std::size_t stop() {
    thread_.request_stop();
    thread_.join();
    return count_;
  }

 private:
  std::size_t count_ = 0;
  std::jthread thread_;
};

class Caller {
 public:
  Caller(const Settings& settings, Network& network, const deploy::Route& split, const deploy::Route& local,
         Milliseconds local_time)
      : settings_(settings), network_(network), split_(split), rescue_(network.deployment(), local, local_time) {}

  Figures ask(int requests) {
    auto next = std::chrono::steady_clock::now();
    for (int i = 0; i < requests; ++i) {
      std::this_thread::sleep_until(next);
      next += std::chrono::microseconds(static_cast<int>(1e6 * settings_.in_flight / settings_.per_second));
      ask_once();
    }
    return figures_;
  }

 private:
  void ask_once() {
    const auto start = base::steady_clock().now();
    const Milliseconds limit(settings_.deadline_ms);
    const auto outcome = rescue_.run(split_, network_.inputs(), base::Deadline::after(limit));
    const Milliseconds excess = Milliseconds(base::steady_clock().now() - start) - limit;
    figures_.late += excess > kLate;
    figures_.hung += excess > kHung;
    figures_.latest_ms = std::max(figures_.latest_ms, excess.count());
    if (!outcome) {
      ++figures_.errors[base::name_of(outcome.error().kind())];
      return;
    }
    ++figures_.answered;
    figures_.rescued += outcome.value().is_rescued;
    figures_.wrong += !network_.is_right(outcome.value().answer);
  }

  const Settings& settings_;
  Network& network_;
  const deploy::Route& split_;
  serve::Rescue rescue_;
  Figures figures_;
};

void add(const Figures& figures, Figures& sum) {
  sum.answered += figures.answered;
  sum.rescued += figures.rescued;
  sum.wrong += figures.wrong;
  sum.late += figures.late;
  sum.hung += figures.hung;
  sum.latest_ms = std::max(sum.latest_ms, figures.latest_ms);
  for (const auto& [kind, count] : figures.errors) sum.errors[kind] += count;
}

Milliseconds time_of(Network& network, const deploy::Route& route) {
  std::vector<double> samples_ms;
  for (int i = 0; i < 30; ++i)
    samples_ms.push_back(network.deployment().run(route, network.inputs()).take().latency_ms);
  return Milliseconds(base::quantile(samples_ms, 0.9));
}

Figures ask_under(const Settings& settings, const std::string& name) {
  const base::PrivateFolder folder("attack");
  const auto certificates = settings.has_tls ? folder.path() / "certs" : std::filesystem::path();
  if (settings.has_tls) {
    run_program({settings.program, "certs", certificates, kEdge});
    run_program({settings.program, "certs", certificates, "device", "--role", "operator"});
  }
  ::setenv("TANDEM_CACHE", (folder.path() / "cache").c_str(), 1);
  std::vector<std::string> arguments;
  if (name == "restart") arguments.push_back("--in-memory");
  if (settings.has_tls) arguments.insert(arguments.end(), {"--certs", certificates});
  AgentProcess agent({settings.program, kEdge, arguments, folder.path()}, bench::free_port());
  const int link_port = bench::free_port();
  bench::AdjustableLink link(link_port, agent.port());
  Network network("lenet5", "device", bench::local(link_port), certificates);
  const deploy::Route split = network.deploy(kFirstLayerOnEdge);
  const deploy::Route local = network.deploy(network.layers());
  const Milliseconds local_time = time_of(network, local);
  std::vector<Figures> figures(static_cast<std::size_t>(settings.in_flight));
  Edge edge{agent, link};
  Disturber disturber(edge, faults().at(name), settings.seed);
  std::vector<std::jthread> callers;
  for (auto& its_figures : figures) {
    callers.emplace_back([&] {
      Caller caller(settings, network, split, local, local_time);
      its_figures = caller.ask(settings.requests / settings.in_flight);
    });
  }
  callers.clear();
  Figures sum;
  sum.faults = disturber.stop();
  for (const auto& each : figures) add(each, sum);
  return sum;
}

base::Json to_json(const std::string& name, const Settings& settings, const Figures& figures) {
  return {{"fault", name},
          {"tls", settings.has_tls},
          {"in_flight", settings.in_flight},
          {"requests", settings.requests},
          {"faults", figures.faults},
          {"answered", figures.answered},
          {"rescued", figures.rescued},
          {"wrong", figures.wrong},
          {"late", figures.late},
          {"hung", figures.hung},
          {"latest_ms", figures.latest_ms},
          {"errors", figures.errors}};
}

bool is_survived(const Settings& settings, const std::string& name) {
  const Figures figures = ask_under(settings, name);
  if (settings.prints_json) {
    fmt::print("{}\n", to_json(name, settings, figures).dump());
  } else {
    fmt::print(
        "{:8} {} in flight{}: {} faults, {} of {} answered ({} by the device alone), {} wrong, {} late, {} hung, "
        "{:.1f} ms beyond the deadline at most\n",
        name, settings.in_flight, settings.has_tls ? ", TLS" : "", figures.faults, figures.answered, settings.requests,
        figures.rescued, figures.wrong, figures.late, figures.hung, figures.latest_ms);
  }
  std::fflush(stdout);
  return figures.wrong == 0 && figures.hung == 0 && figures.answered > 0;
}

// In a process of its own: it forks, and threads of the last one would be lost.
bool is_survived_apart(const Settings& settings, const std::string& name) {
  return bench::apart([&] { return base::Json(is_survived(settings, name)); }).get<bool>();
}

}  // namespace
}  // namespace tandem::attacks

int main(int argument_count, char** arguments) try {
  using namespace tandem;
  cli::CommandLine command_line("Requests with a deadline while the edge or the link to it fails again and again");
  cli::Command application = command_line.root();
  attacks::Settings settings;
  std::vector<std::string> names;
  for (const auto& [name, fault] : attacks::faults()) names.push_back(name);
  application.add_option("program", settings.program, "Path of tandem").required();
  application.add_option("--faults", settings.faults, "Which; default: all").separated_by_commas().one_of(names);
  application.add_option("--requests", settings.requests, "Of each kind of fault").show_default();
  application.add_option("--rate", settings.per_second, "Requests a second").show_default();
  application.add_option("--in-flight", settings.in_flight, "Requests at once").range(1, 64).show_default();
  application.add_option("--deadline", settings.deadline_ms, "Milliseconds").show_default();
  application.add_option("--seed", settings.seed).show_default();
  application.add_flag("--tls", settings.has_tls);
  application.add_flag("--json", settings.prints_json);
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  bool is_survived = true;
  for (const auto& name : settings.faults.empty() ? names : settings.faults)
    is_survived = attacks::is_survived_apart(settings, name) && is_survived;
  return is_survived ? 0 : 1;
} catch (const std::exception& error) {
  return tandem::base::report_failure("faults", error);
}
