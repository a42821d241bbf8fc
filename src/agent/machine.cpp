#include "agent/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/error.h"
#include "base/version.h"

namespace tandem::agent {
namespace {

// x86 names the processor in "model name"; Arm64 has only numbers, of which the part number says most.
std::string cpu_name() {
  std::ifstream file("/proc/cpuinfo");
  std::string part;
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    if (line.starts_with("model name")) return line.substr(colon + 2);
    if (line.starts_with("CPU part")) part = "Arm part " + line.substr(colon + 2);
  }
  return part.empty() ? "unknown" : part;
}

std::string governor() {
  std::ifstream file("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  std::string name;
  return std::getline(file, name) ? name : "none";
}

std::string architecture() {
  utsname name{};
  return ::uname(&name) == 0 ? name.machine : "unknown";
}

}  // namespace

rpc::TargetDescription describe_machine(const std::string& name, const engine::Engine& engine) {
  rpc::TargetDescription description;
  description.name = name;
  description.architecture = architecture();
  description.cpu = cpu_name();
  description.cores = static_cast<int>(std::thread::hardware_concurrency());
  description.memory_bytes = static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  description.governor = governor();
  description.engine = engine.name();
  description.threads = engine.threads();
  description.slowdown = engine.slowdown();
  description.version = base::kVersion;
  return description;
}

std::int64_t peak_resident_bytes() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6)) * 1024;
  }
  return resident_bytes();
}

void reset_peak_resident() {
  std::ofstream("/proc/self/clear_refs") << "5";
}

void pin_process(const std::string& list) {
  const auto fail = [&] {
    throw base::Error(base::ErrorKind::InvalidInput,
                      fmt::format("--cpus {}: expected CPUs of this machine, such as 0-3,6", list));
  };
  cpu_set_t set;
  CPU_ZERO(&set);
  std::istringstream text(list);
  for (std::string range; std::getline(text, range, ',');) {
    int first = 0;
    int last = 0;
    const char* const end = range.data() + range.size();
    auto read = std::from_chars(range.data(), end, first);
    last = first;
    if (read.ec == std::errc() && read.ptr != end && *read.ptr == '-') read = std::from_chars(read.ptr + 1, end, last);
    if (read.ec != std::errc() || read.ptr != end || first < 0 || last < first || last >= CPU_SETSIZE) fail();
    for (int cpu = first; cpu <= last; ++cpu) CPU_SET(cpu, &set);
  }
  const int wanted = CPU_COUNT(&set);
  if (wanted == 0 || ::sched_setaffinity(0, sizeof set, &set) != 0) fail();
  // The system silently leaves out CPUs that the machine does not have.
  ::sched_getaffinity(0, sizeof set, &set);
  if (CPU_COUNT(&set) != wanted) fail();
}

PinnedThread::PinnedThread() {
  ::sched_getaffinity(0, sizeof before_, &before_);
  const int here = ::sched_getcpu();
  if (here < 0) return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(here, &one);
  ::sched_setaffinity(0, sizeof one, &one);
}

PinnedThread::~PinnedThread() {
  ::sched_setaffinity(0, sizeof before_, &before_);
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  file >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

}  // namespace tandem::agent
