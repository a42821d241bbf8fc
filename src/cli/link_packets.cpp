#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/yaml.h"
#include "cli/command_line.h"
#include "cli/link_commands.h"
#include "cli/output.h"
#include "link/command.h"
#include "link/network_namespace.h"

namespace tandem::cli {
namespace {

constexpr std::size_t kMaxFileBytes = 1u << 20;

[[noreturn]] void start_shell(pid_t process, const char* command) {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::setpgid(0, 0);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  try {
    link::enter_network_of(process);
  } catch (const base::Error&) {
    ::_exit(126);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::execl("/bin/sh", "sh", "-c", command, nullptr);
  ::_exit(127);
}

// A command within a namespace, with its own process group, without standard input. Ends with this.
class Running {
 public:
  Running(pid_t network, const std::string& command) : process_(::fork()) {
    if (process_ == 0) start_shell(network, command.c_str());
    if (process_ < 0) throw base::Error(base::kind_of_errno(errno), std::string("link: fork: ") + std::strerror(errno));
    ::setpgid(process_, process_);
    end_.reset(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
  }
  ~Running() { (void)stop(); }
  Running(Running&& other) noexcept : process_(std::exchange(other.process_, -1)), end_(std::move(other.end_)) {}
  Running& operator=(Running&&) = delete;

  int end() const { return end_.number(); }  // readable once it has ended

  // Waits for its end, and after two seconds makes it. Returns its exit code, or 128 and the signal.
  int stop() {
    if (process_ <= 0) return 0;
    constexpr int kPatienceMs = 2000;
    pollfd end{end_.number(), POLLIN, 0};
    if (::poll(&end, 1, 0) == 0) ::kill(-process_, SIGTERM);
    ::poll(&end, 1, kPatienceMs);
    ::kill(-process_, SIGKILL);
    int status = 0;
    ::waitpid(std::exchange(process_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t process_;
  base::Descriptor end_;
};

link::PacketNetworkOptions network_options(const LinkFlags& flags) {
  if (flags.network.empty()) {
    return {.links = {{"near", "far", starting_conditions(flags, link::Carrier::Packets)}}};
  }
  if (!flags.conditions.empty()) refuse_option("--network", "conditions are in its file, or --set 'LINK CONDITION'");
  const base::Json json = base::parse_yaml(base::read_file(flags.network, kMaxFileBytes), flags.network);
  return link::read_network(base::JsonView(json, flags.network));
}

std::vector<Running> start_all(const link::PacketNetwork& network, const std::vector<std::string>& runs) {
  std::vector<Running> running;
  for (const std::string& run : runs) {
    const std::size_t space = run.find(' ');
    if (space == std::string::npos) refuse_option("--run", fmt::format("'{}', expected \"NAMESPACE COMMAND\"", run));
    running.emplace_back(network.find_namespace(run.substr(0, space)).process, run.substr(space + 1));
  }
  return running;
}

}  // namespace

void emulate_packets(const LinkFlags& flags) {
  const StopSignals stop;  // before any thread starts
  link::PacketNetwork network(network_options(flags));
  if (!flags.trace.empty()) (void)link::obey(network, "trace " + flags.trace).take();
  for (const std::string& command : flags.commands) (void)link::obey(network, command).take();
  print_text(link::to_json(network).dump() + "\n");
  std::vector<Running> running = start_all(network, flags.runs);
  answer_commands(
      stop, [&](const std::string& line) { return link::obey(network, line); },
      running.empty() ? -1 : running.back().end());
  if (!running.empty()) exit_with(running.back().stop());
}

void run_within(int process, const std::vector<std::string>& command) {
  if (command.empty()) refuse_missing_option("COMMAND");
  link::enter_network_of(process);
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  throw base::Error(base::kind_of_errno(errno),
                    fmt::format("link --enter: '{}': {}", command[0], std::strerror(errno)));
}

}  // namespace tandem::cli
