// Answers compared with the whole model's in this process, one in N, in the background: the work of `tandem run
// --verify-every`. A thread of the lowest priority compares; the one that asks for answers never waits for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/tensor.h"
#include "deploy/deployment.h"
#include "engine/engine.h"
#include "model/model.h"
#include "rpc/targets.h"
#include "serve/way.h"
#include "workspace/answer_check.h"

namespace tandem::workspace {

struct AuditReport {
  std::size_t compared = 0;
  std::size_t skipped = 0;  // since too many waited, or the comparison failed
  std::size_t different = 0;
  double largest_difference = 0;
};

// A wrong answer, and the machines to blame.
struct Lie {
  AnswerCheck check;
  std::set<std::string> targets;
};

// see(), take_lies() and finish() are one thread's.
class AnswerAudit {
 public:
  static constexpr std::size_t kMostWaiting = 4;

  // All must outlive this.
  AnswerAudit(const model::Model& model, engine::Engine& engine, const rpc::Targets& targets, std::size_t every);
  ~AnswerAudit();  // leaves out what waits
  AnswerAudit(const AnswerAudit&) = delete;
  AnswerAudit& operator=(const AnswerAudit&) = delete;

  // Each N-th answer waits for its comparison, or is skipped where kMostWaiting do. `way` must outlive this; `route`
  // is of the way, by the machines whose turn it was.
  void see(const serve::Way& way, const deploy::Route& route, const std::vector<base::NamedTensor>& inputs,
           const deploy::Answer& answer);
  std::vector<Lie> take_lies();  // found since the last call
  AuditReport finish();          // once all that waits has been compared

 private:
  struct Sample {
    const serve::Way* way = nullptr;
    deploy::Route route;
    std::vector<base::NamedTensor> inputs;
    deploy::Answer answer;
  };
  void work();
  void compare(const Sample& sample);

  const model::Model& model_;
  engine::Engine& engine_;
  const rpc::Targets& targets_;
  const std::size_t every_;
  std::size_t seen_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Sample> waiting_;
  bool is_at_work_ = false;
  bool is_ending_ = false;
  std::vector<Lie> lies_;
  AuditReport report_;
  std::thread thread_;
};

}  // namespace tandem::workspace
