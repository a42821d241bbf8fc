// The parts that a target holds: loaded and warm before the first request. Thread-safe. Private to agent/.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "agent/journal.h"
#include "agent/part_folder.h"
#include "agent/watch.h"
#include "agent/weight_store.h"
#include "base/error.h"
#include "base/lru.h"
#include "base/memory_budget.h"
#include "engine/engine.h"
#include "rpc/messages.h"

namespace tandem::agent {

struct ReadyPart {
  model::Part part;
  base::MemoryCharge memory;  // of the session, but for what its runs take
  std::unique_ptr<engine::Session> session;
};

// Seeded inputs for the part's session, charged to `memory`, if it is there, before they are made.
std::vector<base::Tensor> made_up_inputs(const ReadyPart& part, const base::SharedBudget& memory);

class PartStore {
 public:
  // Parts survive the process in `folder`, unless its name is empty. Sessions are charged to `memory`, if it is there;
  // the engine charges what runs take. The rest must outlive the store.
  PartStore(engine::Engine& engine, WeightStore& weights, Journal& journal, std::filesystem::path folder = {},
            base::SharedBudget memory = {})
      : engine_(engine), weights_(weights), journal_(journal), folder_(std::move(folder)), memory_(std::move(memory)) {}

  // Loads a part and runs it once on made-up input. Loading a known digest does nothing; fails with InvalidInput for a
  // digest that is not the part's own, Refused for external data that is not among its weights and for a part in
  // quarantine, ResourceExhausted where the budget has no room even without all other parts, and with the error of the
  // task's end. Holds at most kMostParts: drops the least recently used one.
  base::Status load(const rpc::PartOffer& offer, const Task& task);
  // A part that is loaded.
  base::Result<std::shared_ptr<ReadyPart>> find(const std::string& digest);
  // The same; loads it from the folder where need be.
  base::Result<std::shared_ptr<ReadyPart>> ready(const std::string& digest, const Task& task);

  static constexpr std::size_t kMostParts = 4096;

 private:
  base::Result<model::Part> assemble(const rpc::PartOffer& offer);
  base::Status make_ready(const rpc::PartOffer& offer, const Task& task);
  void load(const rpc::PartOffer& offer, ReadyPart& ready, const Task& task);
  void warm_up(ReadyPart& ready, const Task& task) const;
  base::MemoryCharge room_to_load(const model::Part& part);
  bool drop_oldest();

  engine::Engine& engine_;
  WeightStore& weights_;
  Journal& journal_;
  PartFolder folder_;
  const base::SharedBudget memory_;
  std::timed_mutex loading_;  // one part is loaded at a time: loading takes much memory and all cores
  std::mutex mutex_;          // guards the members below
  base::Lru<std::string, std::shared_ptr<ReadyPart>> parts_{kMostParts};
};

}  // namespace tandem::agent
