// The parts that a target holds: loaded and warm before the first request. Thread-safe. Private to agent/.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "agent/weight_store.h"
#include "base/error.h"
#include "base/lru.h"
#include "engine/engine.h"
#include "rpc/messages.h"

namespace tandem::agent {

struct ReadyPart {
  model::Part part;
  std::unique_ptr<engine::Session> session;
};

class PartStore {
 public:
  PartStore(engine::Engine& engine, WeightStore& weights) : engine_(engine), weights_(weights) {}

  // Loads a part and runs it once on made-up input. Loading a known digest does nothing; fails with InvalidInput for a
  // digest that is not the part's own, Refused for external data that is not among its weights. Keeps at most
  // kMostParts: drops the least recently used one.
  base::Status load(const rpc::PartOffer& offer);
  base::Result<std::shared_ptr<ReadyPart>> find(const std::string& digest);

  static constexpr std::size_t kMostParts = 4096;

 private:
  base::Result<model::Part> assemble(const rpc::PartOffer& offer);

  engine::Engine& engine_;
  WeightStore& weights_;
  std::mutex loading_;  // one part is loaded at a time: loading takes much memory and all cores
  std::mutex mutex_;    // guards the members below
  base::Lru<std::string, std::shared_ptr<ReadyPart>> parts_{kMostParts};
};

}  // namespace tandem::agent
