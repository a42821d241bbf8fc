#include "cli/stop_signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace tandem::cli {

StopSignals::StopSignals() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  descriptor_ = ::signalfd(-1, &signals_, SFD_CLOEXEC);
}

StopSignals::~StopSignals() {
  ::close(descriptor_);
}

void StopSignals::wait() const {
  int received = 0;
  sigwait(&signals_, &received);
}

}  // namespace tandem::cli
