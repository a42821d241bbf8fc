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

#include <fmt/format.h>

#include "base/clock.h"

namespace tandem::agent {
namespace {

using base::Error;
using base::Milliseconds;

constexpr int kGaveUp = 70;  // exit code of a worker; none of base::ErrorKind has it
constexpr int kNeverServed = 10;
constexpr Milliseconds kFirstPause{50};
constexpr Milliseconds kLongestPause{500};
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
    sigprocmask(SIG_UNBLOCK, &child_signal, nullptr);  // the others stay blocked until the worker waits for them
    std::exit(supervision_.work(restarts_));
  }

  // Returns the worker's status.
  int await_end() {
    int status = 0;
    while (::waitpid(worker_, &status, WNOHANG) != worker_) {
      const int signal = ::sigwaitinfo(&signals_, nullptr);
      if (signal == SIGTERM || signal == SIGINT) pass_on(signal);
    }
    return status;
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
    std::string line = fmt::format("tandem: agent '{}': the worker died ({}){}", supervision_.name, reason_of(status),
                                   list_of(digests));
    for (const auto& digest : digests) {
      if (!journal_.admit(digest)) line += fmt::format("; part {} is quarantined", digest.substr(0, 12));
    }
    std::fputs((line + "\n").c_str(), stderr);
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
};

}  // namespace

int supervise(Journal& journal, const Supervision& supervision) {
  return Supervisor(journal, supervision).run();
}

void give_up_worker() {
  std::_Exit(kGaveUp);
}

}  // namespace tandem::agent
