#include "agent/supervisor.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "agent/worker_memory.h"
#include "base/clock.h"
#include "base/figures.h"
#include "base/printable.h"

namespace tandem::agent {
namespace {

using base::Error;
using base::Milliseconds;

constexpr int kGaveUp = 70;  // exit code of a worker; none of base::ErrorKind has it
constexpr int kNeverServed = 10;
constexpr Milliseconds kFirstPause{50};
constexpr Milliseconds kLongestPause{500};
// Memory is looked at this often, and the second way near the budget: a core fills 100 MB in 20 ms.
constexpr Milliseconds kLongLook{50};
constexpr Milliseconds kShortLook{5};
constexpr Milliseconds kTrimPause{500};
constexpr Milliseconds kLongLife{10'000};  // after which a death counts as the first one

sigset_t supervised_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&signals, signal);
  return signals;
}

timespec to_timespec(Milliseconds span) {
  const auto whole = std::chrono::duration_cast<std::chrono::nanoseconds>(span).count();
  return {whole / 1'000'000'000, whole % 1'000'000'000};
}

std::string reason_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("signal {}: {}", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  if (WEXITSTATUS(status) == kGaveUp) return "a computation went on a second after it was told to end";
  return fmt::format("exit code {}", WEXITSTATUS(status));
}

std::string list_of(const std::vector<std::string>& digests) {
  std::string list;
  for (const auto& digest : digests) list += fmt::format(", at work on part {}", digest.substr(0, 12));
  return list;
}

class Supervisor {
 public:
  Supervisor(Journal& journal, const Supervision& supervision) : journal_(journal), supervision_(supervision) {
    signals_ = supervised_signals();
    sigprocmask(SIG_BLOCK, &signals_, &before_);
  }
  ~Supervisor() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  int run() {
    while (true) {
      const base::Instant start = base::steady_clock().now();
      if (!start_worker()) return 0;
      const int status = await_end();
      has_served_ = has_served_ || journal_.is_ready();
      const bool has_returned = WIFEXITED(status) && (WEXITSTATUS(status) == 0 || !has_served_);
      if (is_stopping_ || has_returned) return exit_code_of(status);
      report(status);
      if (!has_served_) return kNeverServed;
      if (base::steady_clock().now() - start >= kLongLife) pause_ = Milliseconds(0);
      if (is_told_to_stop_during(pause_)) return 0;
      pause_ = std::clamp(2 * pause_, kFirstPause, kLongestPause);
      ++restarts_;
    }
  }

 private:
  // False if it is told to stop before the system has a process for the worker.
  bool start_worker() {
    journal_.begin();
    std::fflush(nullptr);  // or both would write it
    const pid_t supervisor = ::getpid();
    while ((worker_ = ::fork()) < 0) {
      const int number = errno;
      if (!has_served_)
        throw Error(base::kind_of_errno(number), fmt::format("cannot start a worker: {}", std::strerror(number)));
      if (is_told_to_stop_during(kLongestPause)) return false;
    }
    if (worker_ == 0) work(supervisor);
    return true;
  }

  [[noreturn]] void work(pid_t supervisor) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != supervisor) std::_Exit(kGaveUp);
    sigset_t child_signal;
    sigemptyset(&child_signal);
    sigaddset(&child_signal, SIGCHLD);
    sigset_t trim_signal;
    sigemptyset(&trim_signal);
    sigaddset(&trim_signal, kTrimSignal);
    sigprocmask(SIG_BLOCK, &trim_signal, nullptr);     // it may come before the worker waits for it
    sigprocmask(SIG_UNBLOCK, &child_signal, nullptr);  // the others stay blocked until the worker waits for them
    std::exit(supervision_.work(restarts_));
  }

  // Returns the worker's status.
  int await_end() {
    const ResidentMemory memory(worker_);
    most_resident_ = 0;
    int status = 0;
    while (::waitpid(worker_, &status, WNOHANG) != worker_) {
      const int signal = next_signal(look_at(memory));
      if (signal == SIGTERM || signal == SIGINT) pass_on(signal);
    }
    return status;
  }

  // Kills a worker that has taken too much. Returns the time until the next look: the closer, the sooner.
  std::optional<Milliseconds> look_at(const ResidentMemory& memory) {
    if (supervision_.memory_bytes == 0) return std::nullopt;
    const std::size_t resident = memory.bytes();
    if (resident <= trim_from()) return kLongLook;
    if (resident > agent::most_resident(supervision_.memory_bytes)) {
      most_resident_ = resident;
      ::kill(worker_, SIGKILL);
    } else if (base::steady_clock().now() - trimmed_ > kTrimPause) {
      trimmed_ = base::steady_clock().now();
      ::kill(worker_, kTrimSignal);
    }
    return kShortLook;
  }
  std::size_t trim_from() const { return supervision_.memory_bytes / 5 * 4; }

  int next_signal(std::optional<Milliseconds> wait) const {
    if (!wait) return ::sigwaitinfo(&signals_, nullptr);
    const timespec span = to_timespec(*wait);
    return ::sigtimedwait(&signals_, nullptr, &span);
  }

  void pass_on(int signal) {
    ::kill(worker_, is_stopping_ ? SIGKILL : signal);
    if (!is_stopping_ && supervision_.close) supervision_.close();
    is_stopping_ = true;
  }

  static int exit_code_of(int status) {
    return WIFEXITED(status) && WEXITSTATUS(status) != kGaveUp ? WEXITSTATUS(status) : 0;
  }

  void report(int status) {
    const auto digests = journal_.count_death();
    const std::string reason = most_resident_ > 0 ? memory_reason() : reason_of(status);
    std::string line =
        fmt::format("tandem: agent '{}': the worker died ({}){}", supervision_.name, reason, list_of(digests));
    for (const auto& digest : digests) {
      if (!journal_.admit(digest)) line += fmt::format("; part {} is quarantined", digest.substr(0, 12));
    }
    std::fputs((base::printable(line) + "\n").c_str(), stderr);
  }

  std::string memory_reason() const {
    return fmt::format("it took {} of memory, its budget is {}: --memory",
                       base::human_bytes(static_cast<double>(most_resident_)),
                       base::human_bytes(static_cast<double>(supervision_.memory_bytes)));
  }

  bool is_told_to_stop_during(Milliseconds pause) const {
    sigset_t stop = signals_;
    sigdelset(&stop, SIGCHLD);
    const timespec span = to_timespec(pause);
    return ::sigtimedwait(&stop, nullptr, &span) > 0;
  }

  Journal& journal_;
  const Supervision& supervision_;
  sigset_t signals_{};
  sigset_t before_{};
  pid_t worker_ = -1;
  int restarts_ = 0;
  bool is_stopping_ = false;
  bool has_served_ = false;
  Milliseconds pause_{0};
  std::size_t most_resident_ = 0;  // of a worker that was killed for it
  base::Instant trimmed_;
};

}  // namespace

int supervise(Journal& journal, const Supervision& supervision) {
  return Supervisor(journal, supervision).run();
}

void give_up_worker() {
  std::_Exit(kGaveUp);
}

}  // namespace tandem::agent
