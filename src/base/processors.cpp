#include "base/processors.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace tandem::base {
namespace {

namespace fs = std::filesystem;

int processors_of_affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<int>(std::thread::hardware_concurrency());  // more processors than the set holds
}

// Of two numbers of microseconds; nullopt for "max", -1 or a missing file.
std::optional<double> share(std::istream&& quota, std::istream&& period) {
  double time = 0;
  double of = 0;
  return quota >> time && period >> of && time > 0 && of > 0 ? std::optional(time / of) : std::nullopt;
}

std::optional<double> quota_of(const fs::path& group, bool is_version_2) {
  if (!is_version_2)
    return share(std::ifstream(group / "cpu.cfs_quota_us"), std::ifstream(group / "cpu.cfs_period_us"));
  std::ifstream file(group / "cpu.max");
  std::string quota;
  std::string period;
  file >> quota >> period;
  return share(std::istringstream(quota), std::istringstream(period));
}

// Of a group and of those around it, up to the top one.
void take_least(fs::path top, const fs::path& group, bool is_version_2, std::optional<double>& least) {
  const auto take = [&](const fs::path& folder) {
    const auto quota = quota_of(folder, is_version_2);
    if (quota) least = std::min(least.value_or(*quota), *quota);
  };
  take(top);
  for (const fs::path& name : group.relative_path()) take(top /= name);
}

bool lists_cpu(const std::string& controllers) {
  std::istringstream list(controllers);
  for (std::string name; std::getline(list, name, ',');) {
    if (name == "cpu") return true;
  }
  return false;
}

}  // namespace

std::optional<double> processor_quota(const fs::path& root) {
  std::optional<double> least;
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // "0::/a/b" or "4:cpu,cpuacct:/a/b"
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_version_2 = controllers.empty();
    if (!is_version_2 && !lists_cpu(controllers)) continue;
    take_least(root / (is_version_2 ? "sys/fs/cgroup" : "sys/fs/cgroup/cpu"), line.substr(second + 1), is_version_2,
               least);
  }
  return least;
}

int usable_processors() {
  const int allowed = std::max(1, processors_of_affinity());
  const auto quota = processor_quota();
  return quota ? std::clamp(static_cast<int>(std::ceil(*quota)), 1, allowed) : allowed;
}

}  // namespace tandem::base
