#include "agent/part_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "exits/statistics.h"

namespace tandem::agent {
namespace {

using base::Error;
using base::ErrorKind;

// Of the samples of a batch, along the first dimension, each must be sure: they leave together.
bool are_all_sure(const rpc::ExitCheck& exit, const base::Tensor& answer) {
  const auto values = answer.values<float>();
  const bool has_batch = answer.shape().size() > 1 && answer.shape()[0] > 1;
  const std::size_t length = has_batch ? values.size() / static_cast<std::size_t>(answer.shape()[0]) : values.size();
  const auto confidence = exits::parse_confidence(exit.confidence);
  const auto is_sure = [&](std::span<const float> sample) {
    const auto probabilities = exits::probabilities_of(sample);
    // In float32, as exit statistics keep it: thresholds were found on those.
    return static_cast<float>(exits::confidence_of(probabilities, confidence, exit.temperature)) >= exit.threshold;
  };
  std::size_t first = 0;
  do {
    if (!is_sure(values.subspan(first, length))) return false;
    first += length;
  } while (first < values.size());
  return true;
}

base::Result<bool> is_sure_enough(const rpc::ExitCheck& exit, const TensorByName& tensors) try {
  if (exit.threshold <= 0) return true;
  const auto answer = tensors.find(exit.tensor);
  if (answer == tensors.end() || answer->second.element() != base::ElementType::Float32) {
    return Error(ErrorKind::InvalidInput,
                 fmt::format("the route may end at '{}', which no part made in float32", exit.tensor));
  }
  return are_all_sure(exit, answer->second);
} catch (const Error& error) {
  return error;
}

}  // namespace

base::Result<std::vector<base::Tensor>> inputs_among(const TensorByName& tensors, const engine::Session& session) {
  std::vector<base::Tensor> inputs;
  for (const auto& input : session.inputs()) {
    const auto tensor = tensors.find(input.name);
    if (tensor == tensors.end())
      return Error(ErrorKind::InvalidInput, fmt::format("tensor '{}' is missing from the request", input.name));
    inputs.push_back(tensor->second);
  }
  return inputs;
}

PartRunner::PartRunner(PartStore& parts, Journal& journal, const engine::Engine& engine, EngineQueue& queue,
                       const Pace& pace, base::Clock& clock)
    : parts_(parts), journal_(journal), queue_(queue), clock_(clock), pace_(pace), threads_(engine.threads()) {}

base::Result<PartRunner::Outcome> PartRunner::run(const rpc::Hop& hop, Range range, Task& task, TensorByName& tensors,
                                                  const std::string& client) {
  if (range.first == range.last) return Outcome{};
  const base::Deadline& deadline = task.deadline();
  const auto parts = ready_parts(hop, range, task);  // before its turn: a part may have to be loaded
  if (!parts) return parts.error();
  const auto turn = queue_.take_turn(deadline, client);
  if (!turn) return turn.error();
  base::Result<const rpc::ExitCheck*> exit = nullptr;
  const base::Milliseconds compute = pace_.stretch_least(deadline, threads_, [&] {
    exit = run_to_exit(hop, range, parts.value(), task, tensors);
    return exit.ok();
  });
  if (!exit) return exit.error();
  if (deadline.has_passed(clock_)) return Error(ErrorKind::DeadlineExceeded, "the deadline passed while the stage ran");
  return Outcome{exit.value(), compute};
}

base::Result<PartRunner::Parts> PartRunner::ready_parts(const rpc::Hop& hop, Range range, const Task& task) try {
  Parts parts;
  for (std::uint32_t i = range.first; i < range.last; ++i) {
    auto part = parts_.ready(hop.parts[i], task);
    if (!part) return part.error();
    parts.push_back(std::move(part.value()));
  }
  return parts;
} catch (const Error& error) {
  return error;
}

base::Result<const rpc::ExitCheck*> PartRunner::run_to_exit(const rpc::Hop& hop, Range range, const Parts& parts,
                                                            Task& task, TensorByName& tensors) {
  auto exit = std::ranges::find_if(
      hop.exits, [&](const rpc::ExitCheck& each) { return range.first == 0 || each.after_parts > range.first; });
  for (std::uint32_t part = range.first; part < range.last; ++part) {
    if (task.deadline().has_passed(clock_))
      return Error(ErrorKind::DeadlineExceeded, "the deadline passed between two parts");
    auto status = run_part(hop.parts[part], *parts[part - range.first], task, tensors);
    if (!status) return status.error();
    for (; exit != hop.exits.end() && exit->after_parts <= part + 1; ++exit) {
      const auto is_sure = is_sure_enough(*exit, tensors);
      if (!is_sure) return is_sure.error();
      if (is_sure.value()) return &*exit;
    }
  }
  return nullptr;
}

base::Status PartRunner::run_part(const std::string& digest, ReadyPart& part, Task& task, TensorByName& tensors) try {
  engine::Session& session = *part.session;
  const auto inputs = inputs_among(tensors, session);
  if (!inputs) return inputs.error();
  std::vector<base::Tensor> outputs;
  const Journal::Note note(journal_, digest);
  task.compute([&](const std::stop_token& stop) { outputs = session.run(inputs.value(), stop); });
  for (std::size_t i = 0; i < outputs.size(); ++i) tensors[session.outputs()[i].name] = std::move(outputs[i]);
  return base::Nothing{};
} catch (const Error& error) {
  return error;
}

}  // namespace tandem::agent
