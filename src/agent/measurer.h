// Times the parts and codecs that a target holds, for profiles. Thread-safe. Private to agent/.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "agent/codec_store.h"
#include "agent/engine_queue.h"
#include "agent/pace.h"
#include "agent/part_runner.h"
#include "agent/part_store.h"
#include "agent/watch.h"
#include "agent/weight_store.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/lru.h"
#include "engine/engine.h"
#include "rpc/handler.h"
#include "rpc/messages.h"

namespace tandem::agent {

// The members of a target that measurements use.
struct Workbench {
  engine::Engine& engine;
  EngineQueue& queue;
  WeightStore& weights;
  PartStore& parts;
  CodecStore& codecs;
  PartRunner& runner;
  const Pace& pace;
  base::Clock& clock;
  Watch& watch;
  Journal& journal;
  base::SharedBudget memory;
};

class Measurer {
 public:
  // Everything on the workbench must outlive it.
  explicit Measurer(const Workbench& workbench) : workbench_(workbench) {}

  // As rpc::Handler::measure.
  base::Result<rpc::MeasureReply> measure(const rpc::MeasureRequest& request, const rpc::CallTerms& terms);

 private:
  base::Result<rpc::MeasureReply> measure_parts(const rpc::MeasureRequest& request, Task& task);
  base::Result<rpc::MeasureReply> measure_codec(const rpc::MeasureRequest& request, const Task& task);
  base::Result<TensorByName> inputs_of(const rpc::MeasureRequest& request, Task& task);
  base::Result<TensorByName> made_up_inputs(const std::vector<std::string>& parts, const Task& task);
  base::Result<TensorByName> prepared_inputs(const rpc::MeasureRequest& request, Task& task);
  base::Status examine(const std::string& digest, const TensorByName& given, int runs, Task& task,
                       rpc::MeasureReply& reply);
  void load_afresh(const model::Part& part, const std::vector<base::Tensor>& inputs, const std::stop_token& stop,
                   rpc::MeasureReply& reply);

  const Workbench workbench_;
  // A series asks again for each of its runs.
  static constexpr std::size_t kMostPrepared = 16;
  std::mutex mutex_;
  base::Lru<std::string, TensorByName> prepared_{kMostPrepared};
};

}  // namespace tandem::agent
