#include "plan/solve/parallel_windows.h"

#include <algorithm>

namespace tandem::plan {

ParallelWindows::ParallelWindows(const Query& query, const ParallelItems& items)
    : query_(query),
      items_(items),
      per_ms_(query.objective.compute(0, 1, 1, 0)),
      options_(items.tensors.size() * query.problem->links.size()),
      has_options_(options_.size(), 0),
      done_(items.size(), 0),
      pending_(items.size(), 0),
      executor_(items.size(), kNone),
      read_inside_(items.tensors.size(), 0),
      reads_last_(items.size(), 0) {}

const std::vector<HandingOption>& ParallelWindows::options_of(std::size_t tensor, std::size_t link) {
  const std::size_t place = tensor * query_.problem->links.size() + link;
  if (!has_options_[place]) {
    options_[place] = handing_options(query_, items_.tensors[tensor], link);
    has_options_[place] = 1;
  }
  return options_[place];
}

void ParallelWindows::load(const Ideal& ideal) {
  std::fill(done_.begin(), done_.end(), 0);
  std::fill_n(done_.begin(), ideal[0], 1);
  for (std::size_t i = 1; i < ideal.size(); ++i) done_[ideal[i]] = 1;
  ready_.clear();
  for (std::size_t item = ideal[0]; item < items_.size(); ++item) {
    if (done_[item]) continue;
    const auto& producers = items_.items[item].producers;
    pending_[item] = static_cast<std::size_t>(
        std::ranges::count_if(producers, [&](std::size_t producer) { return !done_[producer]; }));
    if (pending_[item] == 0) ready_.push_back(static_cast<std::uint32_t>(item));
  }
}

bool ParallelWindows::is_on_frontier(const ParallelItems::Tensor& tensor) const {
  if (tensor.producer != kNone && !done_[tensor.producer]) return false;
  return std::ranges::any_of(tensor.readers, [&](std::size_t reader) { return !done_[reader]; });
}

void ParallelWindows::begin(std::size_t target) {
  target_ = target;
  offloads_.clear();
  for (const std::size_t link : items_.links_from[target]) {
    Offload offload;
    offload.link = link;
    offload.target = query_.problem->links[link].to;
    offloads_.push_back(std::move(offload));
  }
  handed_.assign(offloads_.size() * items_.tensors.size(), 0);
  own_ms_ = own_mean_ = 0;
  own_count_ = 0;
  window_.clear();
  queue_ = ready_;
}

void ParallelWindows::for_each(std::size_t target, const std::vector<StepStart>& starts, double rest, double cutoff,
                               Effort& effort, const Visit& visit) {
  begin(target);
  if (offloads_.empty()) return;
  starts_ = &starts;
  rest_ = bound_ = rest;
  cutoff_ = cutoff;
  effort_ = &effort;
  visit_ = &visit;
  least_start_ = kUnlimited;
  for (const auto& start : starts)
    least_start_ = std::min(least_start_, start.cost + per_ms_ * start.part_ms / items_.together);
  await_last_item();
  extend(0);
}

void ParallelWindows::await_last_item() {
  awaits_reader_ = starts_->size() == 1 && starts_->front().last != kNone;
  readers_beside_ = 0;
  if (!awaits_reader_) return;
  std::fill(reads_last_.begin(), reads_last_.end(), 0);
  const auto& readers = items_.items[starts_->front().last].consumers;
  for (const std::size_t reader : readers) reads_last_[reader] = 1;
  open_readers_ = readers.size();
}

// Decides on the items of the queue from `next` on: each runs on one of the executors, or not in this step. What
// depends on an item joins the queue once it runs, so every set of items comes up once.
void ParallelWindows::extend(std::size_t next) {
  if (effort_->is_spent() || least_start_ + bound_ >= cutoff_) return;
  if (next == queue_.size()) return finish();
  for (std::size_t executor = offloads_.size(); executor > 0; --executor) {
    if (may_run(queue_[next], executor)) try_elsewhere(next, executor);
  }
  const bool reads_last = awaits_reader_ && reads_last_[queue_[next]];
  open_readers_ -= reads_last ? 1 : 0;
  if (!awaits_reader_ || open_readers_ + readers_beside_ > 0) {
    if (may_run(queue_[next], 0)) try_on(next, 0);
    extend(next + 1);
  }
  open_readers_ += reads_last ? 1 : 0;
}

void ParallelWindows::try_elsewhere(std::size_t next, std::size_t executor) {
  const bool reads_last = awaits_reader_ && reads_last_[queue_[next]];
  readers_beside_ += reads_last ? 1 : 0;
  try_on(next, executor);
  readers_beside_ -= reads_last ? 1 : 0;
}

// Sums are put back as they were, not subtracted: rounding would add up.
void ParallelWindows::try_on(std::size_t next, std::size_t executor) {
  const std::size_t item = queue_[next];
  const std::size_t length = queue_.size();
  const double own_ms = own_ms_;
  const double own_mean = own_mean_;
  const double bound = bound_;
  const double ms = executor == 0 ? 0 : offloads_[executor - 1].ms;
  const double mean = executor == 0 ? 0 : offloads_[executor - 1].mean;
  put(item, executor);
  extend(next + 1);
  take_back(item, executor);
  queue_.resize(length);
  own_ms_ = own_ms;
  own_mean_ = own_mean;
  bound_ = bound;
  if (executor == 0) return;
  offloads_[executor - 1].ms = ms;
  offloads_[executor - 1].mean = mean;
}

// An item reads what ran before the step, or what its own executor makes in it.
bool ParallelWindows::may_run(std::size_t index, std::size_t executor) {
  const auto& item = items_.items[index];
  const std::size_t target = executor == 0 ? target_ : offloads_[executor - 1].target;
  if (item.ms[target] == kUnlimited || (executor > 0 && item.is_answer)) return false;
  for (const std::size_t producer : item.producers) {
    if (!done_[producer] && executor_[producer] != executor) return false;
  }
  return executor == 0 || std::ranges::all_of(item.reads, [&](std::size_t tensor) {
           return !is_outside(tensor) || !options_of(tensor, offloads_[executor - 1].link).empty();
         });
}

void ParallelWindows::put(std::size_t index, std::size_t executor) {
  const auto& item = items_.items[index];
  executor_[index] = executor;
  bound_ -= item.least;
  window_.push_back({static_cast<std::uint32_t>(index), kOwn});
  if (executor == 0) {
    const double mean = query_.objective.compute(target_, item.ms[target_], 0, 1);
    own_ms_ += item.ms[target_];
    own_mean_ += mean;
    bound_ += per_ms_ * item.ms[target_] / items_.together + mean;
    ++own_count_;
  } else {
    window_.back().link = static_cast<std::uint32_t>(offloads_[executor - 1].link);
    add_work(offloads_[executor - 1], item);
  }
  for (const std::size_t tensor : item.reads) {
    if (!is_outside(tensor)) ++read_inside_[tensor];
  }
  for (const std::size_t consumer : item.consumers) {
    if (--pending_[consumer] == 0) queue_.push_back(static_cast<std::uint32_t>(consumer));
  }
}

void ParallelWindows::add_work(Offload& offload, const ParallelItems::Item& item) {
  const double ms_before = offload.ms;
  const double mean_before = offload.mean;
  if (offload.count++ == 0) {
    const double stage_ms = query_.stage_ms(offload.target);
    offload.ms =
        stage_ms + Times::round_trip_ms(*query_.problem, query_.problem->links[offload.link], query_.scenario.policy);
    offload.mean = query_.objective.compute(offload.target, stage_ms, 0, 1);
  }
  offload.ms += item.ms[offload.target];
  offload.mean += query_.objective.compute(offload.target, item.ms[offload.target], 0, 1);
  for (const std::size_t tensor : item.reads) {
    if (is_outside(tensor)) hand(offload, tensor);
  }
  const bool was_idle = offload.count == 1;
  bound_ += per_ms_ * (offload.ms - (was_idle ? 0 : ms_before)) / items_.together +
            (offload.mean - (was_idle ? 0 : mean_before));
}

// Once for all items there that read it.
void ParallelWindows::hand(Offload& offload, std::size_t tensor) {
  const auto executor = static_cast<std::size_t>(&offload - offloads_.data());
  if (handed_[executor * items_.tensors.size() + tensor]++ > 0) return;
  const auto& options = options_of(tensor, offload.link);
  offload.ms += options.front().ms;
  offload.mean += options.back().mean;
  if (options.size() > 1) offload.choices.push_back(tensor);
}

void ParallelWindows::take_back(std::size_t index, std::size_t executor) {
  const auto& item = items_.items[index];
  for (const std::size_t consumer : item.consumers) ++pending_[consumer];
  for (const std::size_t tensor : item.reads) {
    if (!is_outside(tensor)) --read_inside_[tensor];
  }
  window_.pop_back();
  executor_[index] = kNone;
  if (executor == 0) {
    --own_count_;
    return;
  }
  Offload& offload = offloads_[executor - 1];
  --offload.count;
  for (const std::size_t tensor : item.reads) {
    if (!is_outside(tensor) || --handed_[(executor - 1) * items_.tensors.size() + tensor] > 0) continue;
    if (options_of(tensor, offload.link).size() > 1) offload.choices.pop_back();
  }
}

bool ParallelWindows::is_step() const {
  return own_count_ > 0 && std::ranges::any_of(offloads_, [](const Offload& each) { return each.count > 0; });
}

void ParallelWindows::finish() {
  if (!is_step()) return;
  const Best best = best_way();
  if (best.cost == kUnlimited) return;
  double rest = rest_;
  for (const auto& assigned : window_) rest -= items_.items[assigned.item].least;
  rest = std::max(rest, 0.0);
  if (best.cost + rest < cutoff_) (*visit_)(best.cost, (*starts_)[best.start], window_, rest);
}

}  // namespace tandem::plan
