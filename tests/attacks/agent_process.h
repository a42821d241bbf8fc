// `tandem agent` as its users start it, a supervisor with a worker, to be attacked and watched. Not thread-safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tandem::attacks {

struct AgentCommand {
  std::string program;               // tandem
  std::string name;                  // of the target
  std::vector<std::string> further;  // arguments
  std::filesystem::path folder;      // for its log and its cache
};

class AgentProcess {
 public:
  // Returns once it listens. Port 0: any. Throws base::Error with its log if it does not.
  explicit AgentProcess(AgentCommand command, int port = 0);
  ~AgentProcess();
  AgentProcess(const AgentProcess&) = delete;
  AgentProcess& operator=(const AgentProcess&) = delete;

  int port() const { return port_; }
  bool is_running();     // the supervisor
  pid_t worker() const;  // 0: there is none now
  void signal_worker(int signal) const;
  void start_anew();  // kills it whole, and starts it at the same port

  std::int64_t resident_bytes() const;  // of the worker now
  std::size_t worker_deaths() const;    // by its log
  std::string log() const;

 private:
  void start();
  void end();
  bool find_port();  // in the log

  const AgentCommand command_;
  int port_;
  pid_t supervisor_ = 0;
};

// Runs the program to its end. Throws base::Error when it fails.
void run_program(const std::vector<std::string>& command);

}  // namespace tandem::attacks
