// Runs the parts of a hop, one after the other, in its turn at the engine. Thread-safe. Private to agent/.
#pragma once

#include <map>
#include <string>

#include "agent/engine_queue.h"
#include "agent/pace.h"
#include "agent/part_store.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/tensor.h"
#include "engine/engine.h"
#include "rpc/messages.h"

namespace tandem::agent {

using TensorByName = std::map<std::string, base::Tensor>;

class PartRunner {
 public:
  // All of them must outlive it.
  PartRunner(PartStore& parts, const engine::Engine& engine, EngineQueue& queue, const Pace& pace, base::Clock& clock);

  struct Outcome {
    const rpc::ExitCheck* exit = nullptr;  // of the hop, where the request ends; null: all parts ran
    base::Milliseconds compute{0};
  };
  // Runs the hop's parts until its end or an exit that is sure enough; adds their outputs to `tensors`. Errors are
  // DeadlineExceeded, ResourceExhausted, NotFound for an unknown part, InvalidInput for missing tensors.
  base::Result<Outcome> run(const rpc::Hop& hop, const base::Deadline& deadline, TensorByName& tensors);

 private:
  base::Result<const rpc::ExitCheck*> run_to_exit(const rpc::Hop& hop, const base::Deadline& deadline,
                                                  TensorByName& tensors);
  base::Status run_part(const std::string& digest, TensorByName& tensors);

  PartStore& parts_;
  EngineQueue& queue_;
  base::Clock& clock_;
  const Pace pace_;
  const int threads_;
};

}  // namespace tandem::agent
