// Runs the parts of a hop, one after the other, in its turn at the engine. Thread-safe. Private to agent/.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/engine_queue.h"
#include "agent/pace.h"
#include "agent/part_store.h"
#include "agent/watch.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/tensor.h"
#include "engine/engine.h"
#include "rpc/messages.h"

namespace tandem::agent {

using TensorByName = std::map<std::string, base::Tensor>;

// Those of the tensors that a session takes, in its order. Fails with InvalidInput where one is missing.
base::Result<std::vector<base::Tensor>> inputs_among(const TensorByName& tensors, const engine::Session& session);

class PartRunner {
 public:
  // All of them must outlive it.
  PartRunner(PartStore& parts, Journal& journal, const engine::Engine& engine, EngineQueue& queue, const Pace& pace,
             base::Clock& clock);

  struct Outcome {
    const rpc::ExitCheck* exit = nullptr;  // of the hop, where the request ends; null: all parts ran
    base::Milliseconds compute{0};
  };
  // Some of a hop's parts: [first, last).
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
  };
  static Range all_of(const rpc::Hop& hop) { return {0, static_cast<std::uint32_t>(hop.parts.size())}; }
  // Runs these parts of the hop, in the client's turn, until their end or an exit that is sure enough; adds their
  // outputs to `tensors`. Errors are those of the task's end, DeadlineExceeded, ResourceExhausted, NotFound for an
  // unknown part, Refused for one in quarantine, InvalidInput for missing tensors.
  base::Result<Outcome> run(const rpc::Hop& hop, Range range, Task& task, TensorByName& tensors,
                            const std::string& client = {});

 private:
  using Parts = std::vector<std::shared_ptr<ReadyPart>>;  // of a range, in order

  base::Result<Parts> ready_parts(const rpc::Hop& hop, Range range, const Task& task);
  base::Result<const rpc::ExitCheck*> run_to_exit(const rpc::Hop& hop, Range range, const Parts& parts, Task& task,
                                                  TensorByName& tensors);
  base::Status run_part(const std::string& digest, ReadyPart& part, Task& task, TensorByName& tensors);

  PartStore& parts_;
  Journal& journal_;
  EngineQueue& queue_;
  base::Clock& clock_;
  const Pace pace_;
  const int threads_;
};

}  // namespace tandem::agent
