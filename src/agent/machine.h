// This machine: its description, its memory and its CPUs. Used by Agent and by workspace.
#pragma once

#include <sched.h>

#include <cstdint>
#include <string>

#include "engine/engine.h"
#include "rpc/messages.h"

namespace tandem::agent {

// `name` is that of the target.
rpc::TargetDescription describe_machine(const std::string& name, const engine::Engine& engine);

// Physical memory that this process uses now.
std::int64_t resident_bytes();

// The most since the last reset; without support by the kernel, the memory used now.
std::int64_t peak_resident_bytes();
void reset_peak_resident();

// Keeps this process, and threads and processes that it starts from now on, to these CPUs. Throws Error(InvalidInput)
// unless `list` is like "0-3,6" and the machine has all of them.
void pin_process(const std::string& list);

// Keeps the calling thread on the CPU where it is, as long as this lives: a thread that moves finds cold caches.
class PinnedThread {
 public:
  PinnedThread();
  ~PinnedThread();
  PinnedThread(const PinnedThread&) = delete;
  PinnedThread& operator=(const PinnedThread&) = delete;

 private:
  cpu_set_t before_;
};

}  // namespace tandem::agent
