// An agent of this process that listens for requests: the work of `tandem agent`, and of the processes of benchmarks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/agent.h"
#include "engine/engine.h"
#include "rpc/server.h"
#include "wire/listening_sockets.h"

namespace tandem::workspace {

struct AgentOptions {
  std::string listen;                         // "HOST:PORT"; port 0: a free one
  std::string name;                           // in the fleet; empty: that of the target with this address
  std::string fleet;                          // path; empty: the agent forwards to nobody
  std::string certificates;                   // folder; empty: the one that the fleet file names
  std::string revoked;                        // list of revoked certificates; empty: revoked.txt of that folder
  std::string cache;                          // folder for weights; empty: agent::WeightStore::default_folder()
  bool is_insecure = false;                   // allow an address beyond loopback without TLS
  bool is_in_memory = false;                  // keep weights in memory
  double slowdown = 1;                        // emulated
  int threads = 0;                            // of a run; 0: one per usable processor
  std::vector<std::string> custom_operators;  // libraries of operators
  std::size_t memory_bytes = 0;               // the budget for all that peers cause; 0: agent::default_memory()
  std::string cpus;                           // "0-3,6": keep the process to them; empty: any
};

// Throws Error(InvalidInput) when neither the options nor the fleet name the agent, and base::Error when a file cannot
// be read.
agent::AgentSettings agent_settings(const AgentOptions& options);

class HostedAgent {
 public:
  // Listens from construction on. Throws base::Error as rpc::Server does.
  explicit HostedAgent(const AgentOptions& options) : HostedAgent(options, agent_settings(options)) {}
  // With explicit settings; of the options, only `listen`, `threads`, `custom_operators`, `cpus` and `slowdown` count.
  HostedAgent(const AgentOptions& options, agent::AgentSettings settings);
  // The same, at sockets that are open already.
  HostedAgent(const AgentOptions& options, agent::AgentSettings settings, wire::ListeningSockets sockets);

  // Refuses new requests, lets those under way go on until their deadlines or for a second, and stops listening.
  void stop();

  const std::string& name() const { return name_; }
  bool is_secure() const { return is_secure_; }
  const engine::Engine& engine() const { return *engine_; }
  rpc::Server& server() { return server_; }

 private:
  base::MemoryCharge program_;  // first: charged before anything of a peer
  std::string name_;
  bool is_secure_ = false;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<engine::Engine> slowed_;
  agent::Agent agent_;
  rpc::Server server_;
};

}  // namespace tandem::workspace
