// The number of processors that this process may use: the default number of threads of a run. Thread-safe.
#pragma once

#include <filesystem>
#include <optional>

namespace tandem::base {

// Those of the calling thread's affinity (taskset, --cpus), or fewer where a control group gives less time (a container
// started with --cpus 2): at least 1.
int usable_processors();

// Processors' worth of time that control groups give this process, the least of all groups that it is in: cgroup
// version 2 (cpu.max) or 1 (cpu.cfs_quota_us). `root` holds proc and sys. nullopt: no limit.
std::optional<double> processor_quota(const std::filesystem::path& root = "/");

}  // namespace tandem::base
