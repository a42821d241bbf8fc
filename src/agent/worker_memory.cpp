#include "agent/worker_memory.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace tandem::agent {
namespace {

namespace fs = std::filesystem;

constexpr double kShare = 0.8;
constexpr std::size_t kUnusedAddresses = std::size_t{1} << 30;  // 128 stacks of 8 MiB

void lower(std::optional<std::size_t>& limit, const fs::path& file) {
  std::ifstream stream(file);
  std::size_t bytes = 0;
  if (stream >> bytes) limit = std::min(limit.value_or(bytes), bytes);  // "max" is no number
}

// "/a/b" has limits of its own, and those of "/a" and "/".
void lower_by_all(std::optional<std::size_t>& limit, const fs::path& root, const std::string& group, const char* file) {
  for (fs::path path = fs::path(group).relative_path();; path = path.parent_path()) {
    lower(limit, root / path / file);
    if (path.empty()) return;
  }
}

std::string content_of(const char* path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::size_t data_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0, of_files = 0, code = 0, unused = 0, data = 0;  // in pages
  file >> total >> resident >> of_files >> code >> unused >> data;
  return data * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

// Lines are "0::/group" in version 2, "5:memory,other:/group" in version 1.
std::optional<std::size_t> cgroup_limit(const std::string& membership, const fs::path& root) {
  std::optional<std::size_t> limit;
  std::istringstream lines(membership);
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string group = line.substr(second + 1);
    if (controllers == ",,") lower_by_all(limit, root, group, "memory.max");
    if (controllers.find(",memory,") != std::string::npos)
      lower_by_all(limit, root / "memory", group, "memory.limit_in_bytes");
  }
  return limit;
}

std::size_t default_memory() {
  const auto pages = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES));
  const std::size_t machine = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t limit = cgroup_limit(content_of("/proc/self/cgroup"), "/sys/fs/cgroup").value_or(machine);
  return std::max(kLeastMemory, static_cast<std::size_t>(kShare * static_cast<double>(std::min(machine, limit))));
}

std::size_t most_resident(std::size_t budget_bytes) {
  return budget_bytes + budget_bytes / 20;
}

void limit_addresses(std::size_t budget_bytes) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_DATA, &limit) != 0) return;
  // From what is taken already: sanitizers take terabytes of addresses.
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, data_bytes() + most_resident(budget_bytes) + kUnusedAddresses);
  ::setrlimit(RLIMIT_DATA, &limit);
}

ResidentMemory::ResidentMemory(pid_t process)
    : file_(::open(fmt::format("/proc/{}/statm", process).c_str(), O_RDONLY | O_CLOEXEC)) {}

std::size_t ResidentMemory::bytes() const {
  std::array<char, 128> text{};
  if (::pread(file_.number(), text.data(), text.size() - 1, 0) <= 0) return 0;
  std::size_t total = 0;
  std::size_t resident = 0;
  std::size_t of_files = 0;
  if (std::sscanf(text.data(), "%zu %zu %zu", &total, &resident, &of_files) != 3) return 0;
  return (resident - std::min(resident, of_files)) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace tandem::agent
