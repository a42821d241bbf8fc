#include "runtime/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "base/version.h"

namespace tandem::runtime {
namespace {

// x86 names the processor in "model name"; Arm64 has only numbers, of which the part tells most.
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

std::string architecture() {
  utsname name{};
  return ::uname(&name) == 0 ? name.machine : "unknown";
}

}  // namespace

rpc::TargetDescription describe_machine(const std::string& name, const engine::Engine& engine, double slowdown) {
  rpc::TargetDescription description;
  description.name = name;
  description.architecture = architecture();
  description.cpu = cpu_name();
  description.cores = static_cast<int>(std::thread::hardware_concurrency());
  description.memory_bytes = static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  description.engine = engine.name();
  description.threads = engine.threads();
  description.slowdown = slowdown;
  description.version = base::kVersion;
  return description;
}

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  file >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

}  // namespace tandem::runtime
