// An agent under attack by a member of its fleet, and an honest client beside it: what the client got before and during
// the attack. For the attacks' programs. Call it before anything starts a thread; it forks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "attacks/honest_client.h"
#include "base/json.h"
#include "cli/command_line.h"
#include "rpc/credentials.h"

namespace tandem::attacks {

struct SiegeSettings {
  std::string program;                       // tandem
  std::vector<std::string> agent_arguments;  // further ones
  int seconds_alone = 2;                     // of the client, before
  bool prints_json = false;
};
void add_siege_options(cli::Command& command, SiegeSettings& settings);

struct Outcome {
  HonestFigures alone;
  HonestFigures beside;
  base::Json attack;  // what it tells of itself
  bool is_agent_alive = false;
  std::size_t worker_deaths = 0;
  std::int64_t most_resident_bytes = 0;  // of the worker

  bool is_survived() const;  // the agent lives, and each request of the client was answered in time and rightly
};

// The attack runs in a process of its own.
using Attack = std::function<base::Json(const std::string& address, const rpc::Credentials& credentials)>;
Outcome besiege(const SiegeSettings& settings, const Attack& attack);

// Prints the outcome; the exit code.
int report(const SiegeSettings& settings, const Outcome& outcome);

}  // namespace tandem::attacks
