#include "workspace/answer_audit.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "workspace/questioning.h"

namespace tandem::workspace {
namespace {

// Of the calling thread, and of those that the engine starts from it: Linux keeps it for each thread.
void take_lowest_priority() {
  constexpr int kNicest = 19;
  (void)::setpriority(PRIO_PROCESS, 0, kNicest);
}

}  // namespace

AnswerAudit::AnswerAudit(const model::Model& model, engine::Engine& engine, const rpc::Targets& targets,
                         std::size_t every)
    : model_(model), engine_(engine), targets_(targets), every_(every), thread_([this] { work(); }) {}

AnswerAudit::~AnswerAudit() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void AnswerAudit::see(const serve::Way& way, const deploy::Route& route, const std::vector<base::NamedTensor>& inputs,
                      const deploy::Answer& answer) {
  if (++seen_ % every_ != 0) return;
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting) {
    ++report_.skipped;
    return;
  }
  waiting_.push_back({&way, route, inputs, answer});
  changed_.notify_all();
}

std::vector<Lie> AnswerAudit::take_lies() {
  const std::lock_guard lock(mutex_);
  return std::exchange(lies_, {});
}

AuditReport AnswerAudit::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.empty() && !is_at_work_; });
  return report_;
}

void AnswerAudit::work() {
  take_lowest_priority();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty(); });
    if (is_ending_) return;
    const Sample sample = std::move(waiting_.front());
    waiting_.pop_front();
    is_at_work_ = true;
    lock.unlock();
    compare(sample);
    lock.lock();
    is_at_work_ = false;
    changed_.notify_all();
  }
}

void AnswerAudit::compare(const Sample& sample) try {
  const auto check = check_answer(model_, engine_, sample.way->plan, sample.inputs, sample.answer);
  Lie lie{check, {}};
  if (!check.is_same) lie.targets = liars_of(*sample.way, sample.route, sample.inputs, model_, engine_, targets_);
  const std::lock_guard lock(mutex_);
  ++report_.compared;
  report_.largest_difference = std::max(report_.largest_difference, check.difference);
  if (check.is_same) return;
  ++report_.different;
  lies_.push_back(std::move(lie));
} catch (const base::Error& error) {
  base::log(base::LogLevel::Warning, "an answer was not compared: {}", error.message());
  const std::lock_guard lock(mutex_);
  ++report_.skipped;
}

}  // namespace tandem::workspace
