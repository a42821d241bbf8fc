// The machines that a model may run on, and the links between them: the contents of fleet.yaml (docs/formats.md). Read
// by every command that crosses machines and by each agent. Immutable once read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace tandem::fleet {

enum class Tier { Device, Edge, Cloud };
const char* name_of(Tier tier);

inline constexpr const char* kHere = "here";
inline constexpr const char* kSystem = "system";  // the congestion control that the kernel takes by itself

struct Target {
  std::string name;
  Tier tier = Tier::Device;
  std::string address;  // "host:port" of its agent, or kHere: in the caller's own process

  // Known to the owner alone; for plans that count memory or energy.
  double memory_limit_bytes = std::numeric_limits<double>::infinity();
  double compute_watts = 0;  // while computing, sending, receiving; 0: not counted
  double send_watts = 0;
  double receive_watts = 0;
  std::string kind;           // of the machine, as constraints and links may name it; empty: none
  double price_per_hour = 0;  // of the time that it is busy
  std::size_t replicas = 1;   // machines of this kind; requests take turns
  // Of the replicas, where all are known (replicas.h); `address` is the first. Empty: one machine, or several for plans
  // alone.
  std::vector<std::string> addresses;
};

struct Link {
  std::size_t from = 0;  // indices of targets; `to` is of the same tier or of a later one
  std::size_t to = 0;
  std::string address;      // where `from` reaches `to`: a link emulator, a tunnel; by default the target's own address
  double price_per_gb = 0;  // of tensors and answers, in either direction
  std::vector<std::string> addresses;  // likewise of each replica of `to`, where these have addresses
};

struct Fleet {
  std::vector<Target> targets;  // the first is where requests and their inputs come from
  std::vector<Link> links;
  std::filesystem::path certificates;  // folder made by `tandem certs`; empty: no TLS
  // Of TCP between the targets, by the kernel's name, such as "bbr"; empty: the kernel's default; none: Tandem's.
  std::optional<std::string> congestion_control;
  std::filesystem::path revoked;  // a list of revoked certificates; empty: revoked.txt of that folder, if any

  std::size_t index_of(const std::string& name) const;  // throws Error(NotFound), naming the known ones
  const Link* find_link(std::size_t from, std::size_t to) const;
};

// Throws base::Error with the file, the place and what was expected. Without `links`, every target is linked to each of
// a later tier. Relative paths are relative to the file.
Fleet read_fleet(const std::filesystem::path& path);
Fleet parse_fleet(const std::string& text, const std::string& source);

}  // namespace tandem::fleet
