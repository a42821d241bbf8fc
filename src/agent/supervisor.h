// `tandem agent` as two processes: a worker that does everything, and its supervisor, which only watches it and starts
// it again when it dies. One thread, before any other exists: gRPC and the engine do not survive a fork.
#pragma once

#include <csignal>
#include <cstddef>
#include <functional>
#include <string>

#include "agent/journal.h"

namespace tandem::agent {

// Asks a worker to give memory back to the system that it holds and does not use.
inline constexpr int kTrimSignal = SIGUSR1;

struct Supervision {
  std::string name;  // of the agent; opens messages
  // The worker's: returns its exit code. Calls Journal::set_ready once it serves.
  std::function<int(int restarts)> work;
  std::size_t memory_bytes = 0;  // the worker's budget: beyond it and 5 % it is ended; 0: none
  std::function<void()> close;   // in the supervisor, once it is told to stop: gives up what the worker has inherited
};

// Runs the work in a process of its own until it returns. SIGTERM and SIGINT are passed on to the worker, which ends by
// itself then (cli/stop_signals.h); the second of them kills it. A worker that dies is started again, at once at first,
// and after a growing pause where it dies again and again; stderr says why, in one line. One whose memory grows beyond
// its budget is killed; shortly before it gets kTrimSignal. One that ends before it ever
// served is not. Returns the exit code of the last worker. No worker outlives the supervisor. Throws base::Error where
// the system has no process for it.
int supervise(Journal& journal, const Supervision& supervision);

// In a worker: ends the process for a computation that does not end, and says so to the supervisor.
[[noreturn]] void give_up_worker();

}  // namespace tandem::agent
