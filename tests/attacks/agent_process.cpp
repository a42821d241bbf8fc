#include "attacks/agent_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <regex>
#include <thread>

#include "base/error.h"
#include "base/file.h"

namespace tandem::attacks {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kLongestLogBytes = 64 << 20;
constexpr auto kStartLimit = std::chrono::seconds(60);
constexpr auto kEndLimit = std::chrono::seconds(20);

pid_t start_program(const std::vector<std::string>& command, const std::filesystem::path& log) {
  std::vector<char*> arguments;
  for (const auto& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t id = ::fork();
  if (id != 0) return id;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  const int output = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int input = ::open("/dev/null", O_RDONLY);
  ::dup2(input, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

template <class Condition>
bool await(std::chrono::seconds limit, const Condition& is_met) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!is_met()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace

AgentProcess::AgentProcess(AgentCommand command, int port) : command_(std::move(command)), port_(port) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // so that orphaned workers can be waited for
  start();
}

AgentProcess::~AgentProcess() {
  end();
}

void AgentProcess::start() {
  std::vector<std::string> arguments = {command_.program, "agent",      "--listen", fmt::format("127.0.0.1:{}", port_),
                                        "--name",         command_.name};
  arguments.insert(arguments.end(), command_.further.begin(), command_.further.end());
  std::filesystem::remove(command_.folder / "agent.log");
  supervisor_ = start_program(arguments, command_.folder / "agent.log");
  if (!await(kStartLimit, [this] { return find_port() || !is_running(); }) || !is_running())
    throw Error(ErrorKind::Unavailable, "the agent did not start: " + log());
}

bool AgentProcess::find_port() {
  std::smatch found;
  const std::string text = log();
  if (!std::regex_search(text, found, std::regex("listens at [^ ]*:([0-9]+)"))) return false;
  port_ = std::stoi(found[1]);
  return true;
}

void AgentProcess::end() {
  if (!is_running()) return;
  ::kill(supervisor_, SIGTERM);
  if (!await(kEndLimit, [this] { return !is_running(); })) {
    ::kill(supervisor_, SIGKILL);
    ::waitpid(supervisor_, nullptr, 0);
  }
  supervisor_ = 0;
}

void AgentProcess::start_anew() {
  const pid_t its_worker = worker();
  ::kill(supervisor_, SIGKILL);
  ::waitpid(supervisor_, nullptr, 0);
  if (its_worker != 0) ::waitpid(its_worker, nullptr, 0);  // its port is free then
  start();
}

bool AgentProcess::is_running() {
  if (supervisor_ != 0 && ::waitpid(supervisor_, nullptr, WNOHANG) == supervisor_) supervisor_ = 0;
  return supervisor_ != 0;
}

pid_t AgentProcess::worker() const {
  std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", supervisor_));
  pid_t id = 0;
  file >> id;
  return id;
}

void AgentProcess::signal_worker(int signal) const {
  if (const pid_t id = worker(); id != 0) ::kill(id, signal);
}

std::int64_t AgentProcess::resident_bytes() const {
  std::ifstream file(fmt::format("/proc/{}/statm", worker()));
  std::int64_t total = 0;
  std::int64_t resident = 0;
  file >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

std::string AgentProcess::log() const {
  const auto path = command_.folder / "agent.log";
  return std::filesystem::exists(path) ? base::read_file(path, kLongestLogBytes) : "";
}

std::size_t AgentProcess::worker_deaths() const {
  const std::string text = log();
  std::size_t deaths = 0;
  for (auto at = text.find("the worker died"); at != std::string::npos; at = text.find("the worker died", at + 1))
    ++deaths;
  return deaths;
}

void run_program(const std::vector<std::string>& command) {
  const pid_t id = start_program(command, "/dev/null");
  int status = 0;
  ::waitpid(id, &status, 0);
  if (status != 0) throw Error(ErrorKind::Internal, fmt::format("{}: failed", fmt::join(command, " ")));
}

}  // namespace tandem::attacks
