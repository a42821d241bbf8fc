#include "cli/stop_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace tandem::cli {

StopSignals::StopSignals(int other) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  sigset_t blocked = signals_;
  sigaddset(&blocked, other);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  descriptor_ = ::signalfd(-1, &signals_, SFD_CLOEXEC);
}

StopSignals::~StopSignals() {
  ::close(descriptor_);
}

void StopSignals::wait() const {
  int received = 0;
  sigwait(&signals_, &received);
}

void StopSignals::wait(int signal, const std::function<void()>& action) const {
  sigset_t all = signals_;
  sigaddset(&all, signal);
  int received = 0;
  while (sigwait(&all, &received) == 0 && received == signal) action();
}

}  // namespace tandem::cli
