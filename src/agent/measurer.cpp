#include "agent/measurer.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "agent/machine.h"
#include "agent/transfer.h"
#include "model/part_memory.h"

namespace tandem::agent {
namespace {

using base::Error;
using base::ErrorKind;
using base::Milliseconds;

constexpr int kMostRuns = 10'000;
// A target waits for a request, and then finds its caches and its processor colder than a run in a row would: small
// networks take a fifth longer.
constexpr Milliseconds kIdle{5};
constexpr std::size_t kEventBytes = 4096;  // of a kernel's run in the engine's report: text, and JSON parsed

// A session of its own, and a report on each kernel's runs.
std::size_t bytes_to_examine(const model::Part& part, int runs) {
  return model::bytes_to_load(part) + kEventBytes * static_cast<std::size_t>(runs) * model::links_of(part.graph).size();
}

}  // namespace

base::Result<rpc::MeasureReply> Measurer::measure(const rpc::MeasureRequest& request, const rpc::CallTerms& terms) {
  const bool has_subject = !request.parts.empty() || !request.codec.empty();
  if (!has_subject || request.runs < 1 || request.runs > kMostRuns || request.warmup_runs < 0 ||
      request.warmup_runs > kMostRuns) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("{} parts, {} runs: expected a codec or at least one part, and [1, {}] runs",
                             request.parts.size(), request.runs, kMostRuns));
  }
  Task task(workbench_.watch, terms.deadline, terms.cancelled, Task::Kind::Upkeep);
  return request.codec.empty() ? measure_parts(request, task) : measure_codec(request, task);
}

base::Result<rpc::MeasureReply> Measurer::measure_codec(const rpc::MeasureRequest& request, const Task& task) {
  const auto codec = workbench_.codecs.find(request.codec);
  if (!codec) return codec.error();
  const auto sample = workbench_.weights.get(request.sample, request.sample_type);
  if (!sample) return sample.error();
  const base::MemoryCharge copies(workbench_.memory, kCodecTimingCopies * sample.value().size(), "a codec's timing");
  const PinnedThread pinned;
  const auto turn = workbench_.queue.take_turn(task.deadline());
  if (!turn) return turn.error();
  return time_codec(codec.value(), sample.value(), request.warmup_runs, request.runs, workbench_.pace);
}

base::Result<TensorByName> Measurer::made_up_inputs(const std::vector<std::string>& parts, const Task& task) {
  TensorByName given;
  for (const auto& digest : parts) {
    auto found = workbench_.parts.ready(digest, task);
    if (!found) return found.error();
    const auto& types = found.value()->session->inputs();
    auto inputs = agent::made_up_inputs(*found.value(), workbench_.memory);
    for (std::size_t i = 0; i < types.size(); ++i) given.try_emplace(types[i].name, std::move(inputs[i]));
  }
  return given;
}

base::Result<TensorByName> Measurer::prepared_inputs(const rpc::MeasureRequest& request, Task& task) {
  TensorByName tensors;
  for (const auto& input : request.inputs) {
    auto tensor = workbench_.weights.get(input.digest, input.type);
    if (!tensor) return tensor.error();
    tensors[input.name] = std::move(tensor).take();
  }
  rpc::Hop hop;
  hop.parts = request.preparation;
  const auto done = workbench_.runner.run(hop, PartRunner::all_of(hop), task, tensors);
  if (!done) return done.error();
  TensorByName given;
  for (const auto& digest : request.parts) {
    const auto found = workbench_.parts.ready(digest, task);
    if (!found) return found.error();
    for (const auto& input : found.value()->session->inputs()) {
      if (const auto tensor = tensors.find(input.name); tensor != tensors.end()) given.insert(*tensor);
    }
  }
  return given;
}

base::Result<TensorByName> Measurer::inputs_of(const rpc::MeasureRequest& request, Task& task) {
  if (request.inputs.empty()) return made_up_inputs(request.parts, task);
  std::string key = fmt::format("{} {}", fmt::join(request.parts, " "), fmt::join(request.preparation, " "));
  for (const auto& input : request.inputs) key += fmt::format(" {}={}", input.name, input.digest);
  const std::lock_guard lock(mutex_);
  if (const auto* known = prepared_.find(key)) return *known;
  auto given = prepared_inputs(request, task);
  if (given) prepared_.put(key, given.value());
  return given;
}

base::Result<rpc::MeasureReply> Measurer::measure_parts(const rpc::MeasureRequest& request, Task& task) {
  const auto given = inputs_of(request, task);
  if (!given) return given.error();
  const auto pinned = workbench_.engine.threads() == 1 ? std::make_unique<PinnedThread>() : nullptr;
  rpc::Hop hop;
  hop.parts = request.parts;
  rpc::MeasureReply reply;
  for (int run = 0; run < request.warmup_runs + request.runs; ++run) {
    TensorByName tensors = given.value();
    workbench_.clock.sleep_until(base::Deadline::after(kIdle, workbench_.clock).instant());
    const auto done = workbench_.runner.run(hop, PartRunner::all_of(hop), task, tensors);
    if (!done) return done.error();
    if (run >= request.warmup_runs) reply.samples_ms.push_back(done.value().compute.count());
  }
  if (!request.examine) return reply;
  for (const auto& digest : request.parts) {
    auto status = examine(digest, given.value(), request.runs, task, reply);
    if (!status) return status.error();
  }
  return reply;
}

base::Status Measurer::examine(const std::string& digest, const TensorByName& given, int runs, Task& task,
                               rpc::MeasureReply& reply) {
  auto found = workbench_.parts.find(digest);
  if (!found) return found.error();
  const model::Part& part = found.value()->part;
  const auto inputs = inputs_among(given, *found.value()->session);
  if (!inputs) return inputs.error();
  const auto turn = workbench_.queue.take_turn(task.deadline());
  if (!turn) return turn.error();
  const Journal::Note note(workbench_.journal, digest);
  const base::MemoryCharge charge(workbench_.memory, bytes_to_examine(part, runs), "an examination of a part");
  std::vector<engine::KernelTime> kernels;
  task.compute([&](const std::stop_token& stop) {
    load_afresh(part, inputs.value(), stop, reply);
    kernels = workbench_.engine.time_kernels(part, inputs.value(), runs, stop);
  });
  for (auto& kernel : kernels) {
    reply.kernels.push_back({std::move(kernel.name), std::move(kernel.op_type), kernel.time.count(),
                             std::move(kernel.inputs), std::move(kernel.outputs)});
  }
  workbench_.weights.let_go(part.weights);
  return base::Nothing{};
}

void Measurer::load_afresh(const model::Part& part, const std::vector<base::Tensor>& inputs,
                           const std::stop_token& stop, rpc::MeasureReply& reply) {
  const std::int64_t before = resident_bytes();
  reset_peak_resident();
  const auto start = workbench_.clock.now();
  const auto session = workbench_.engine.load(part);
  workbench_.weights.let_go(part.weights);
  session->run(inputs, stop);
  reply.load_ms += workbench_.pace.of(workbench_.clock.now() - start).count();
  reply.resident_bytes += std::max<std::int64_t>(0, resident_bytes() - before);
  reply.peak_bytes = std::max(reply.peak_bytes, peak_resident_bytes() - before);
}

}  // namespace tandem::agent
