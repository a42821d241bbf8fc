// The parts of an agent as files, so that they survive its worker: offers, without the weights, which lie beside.
// Written atomically, and checked when read. Thread-safe. Private to agent/.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "rpc/messages.h"

namespace tandem::agent {

class PartFolder {
 public:
  // An empty name: nothing is kept. `limit_bytes` bounds all files together; a part beyond it is not kept.
  explicit PartFolder(std::filesystem::path folder, std::size_t limit_bytes = std::size_t{1} << 30);

  // Keeps the part, unless it is there. A failure of the disk is logged and costs the part's survival only.
  void keep(const rpc::PartOffer& offer);
  // None where the part was not kept. A damaged file is removed and counts as none. Throws where the system refuses to
  // read it.
  std::optional<rpc::PartOffer> find(const std::string& digest) const;

 private:
  std::filesystem::path path_of(const std::string& digest) const { return folder_ / digest; }
  bool has_room_for(std::size_t bytes) const;

  const std::filesystem::path folder_;
  const std::size_t limit_bytes_;
};

}  // namespace tandem::agent
