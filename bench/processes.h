// Agents and emulated links as processes of their own, for benchmarks. Fork them before anything starts a thread.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "fleet/fleet.h"
#include "link/conditions.h"

namespace tandem::bench {

// A forked process that lives until this is destroyed (then it gets SIGKILL).
class Process {
 public:
  // `work` must say that it is ready by calling its argument, and then go on until it is killed.
  explicit Process(const std::function<void(const std::function<void()>& ready)>& work);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;

  pid_t id() const { return id_; }
  std::int64_t resident_bytes() const;

 private:
  pid_t id_;
};

int free_port();
std::string local(int port);  // "127.0.0.1:port"

struct AgentOptions {
  std::string name;
  int port = 0;
  fleet::Fleet fleet;
  double slowdown = 1;
  int threads = 1;
  std::string cpus;          // as `tandem agent --cpus`; empty: any
  std::string weight_cache;  // folder; empty: in memory
};
Process start_agent(const AgentOptions& options);
Process start_link(int port, int target_port, const link::LinkConditions& conditions);

// A link whose conditions change while it runs.
class AdjustableLink {
 public:
  AdjustableLink(int port, int target_port);
  ~AdjustableLink();
  AdjustableLink(const AdjustableLink&) = delete;
  AdjustableLink& operator=(const AdjustableLink&) = delete;

  void set(const link::LinkConditions& conditions);  // in force when it returns

 private:
  int orders_[2];
  int receipts_[2];
  std::unique_ptr<Process> process_;
};

// Does it in a process of its own and returns what it returned: forking is only safe before threads start, and what one
// measurement leaves in memory must not touch the next. Throws base::Error when it fails there.
base::Json apart(const std::function<base::Json()>& work);

}  // namespace tandem::bench
