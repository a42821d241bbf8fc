// How much memory an agent may take, and how much its worker has taken. Used by workspace for the default, by the
// worker for its hard limit and by the supervisor.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "base/descriptor.h"

namespace tandem::agent {

// 80 % of the machine's memory, or of its control group's limit, whichever is less.
std::size_t default_memory();

// The least limit of a process's control group and of those above it, versions 1 and 2; none where there is none.
// `membership`: the content of /proc/PID/cgroup. `root`: where control groups are mounted.
std::optional<std::size_t> cgroup_limit(const std::string& membership, const std::filesystem::path& root);

// For memory that is held for what peers do not decide: the program, its libraries and threads.
inline constexpr std::size_t kProgramBytes = std::size_t{48} << 20;
inline constexpr std::size_t kLeastMemory = std::size_t{128} << 20;

// Beyond the budget and 5 % of it a worker is ended.
std::size_t most_resident(std::size_t budget_bytes);

// Makes allocations of this process fail that cannot be within the budget. Stacks of threads and caches of the
// allocator take addresses that they do not use: the limit leaves room for them.
void limit_addresses(std::size_t budget_bytes);

// Of another process: its memory that no file backs. The system takes back pages of files by itself.
class ResidentMemory {
 public:
  explicit ResidentMemory(pid_t process);
  std::size_t bytes() const;  // 0 once the process has gone

 private:
  base::Descriptor file_;
};

}  // namespace tandem::agent
