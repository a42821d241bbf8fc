#include "plan/problem/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/error.h"

namespace tandem::plan {
namespace {

[[noreturn]] void fail(const std::string& counter, const std::string& unknown) {
  throw base::Error(base::ErrorKind::InvalidInput, fmt::format("{}: {}", counter, unknown));
}

bool has_watts(const Target& target) {
  return target.compute_watts > 0 || target.send_watts > 0 || target.receive_watts > 0;
}

void require_watts(const Problem& problem, const std::vector<std::size_t>& targets, const std::string& counter) {
  for (const std::size_t target : targets) {
    if (!has_watts(problem.targets[target]))
      fail(counter, fmt::format("'{}' has no compute_watts, send_watts or receive_watts, expected them in the fleet or "
                                "problem file",
                                problem.targets[target].name));
  }
  if (targets.empty() && std::ranges::none_of(problem.targets, has_watts))
    fail(counter,
         "no target has compute_watts, send_watts or receive_watts, expected them in the fleet or problem file");
}

void require_memory(const Problem& problem, const std::string& counter) {
  if (std::ranges::none_of(problem.blocks, [](const Block& block) { return block.memory_bytes > 0; }))
    fail(counter, "the memory of the model is unknown, expected memory_bytes of blocks, or a profile");
}

bool loses_accuracy(const Tensor& tensor) {
  return std::ranges::any_of(tensor.encodings, [](const Encoding& each) { return each.accuracy_loss > 0; });
}

bool is_limit_on(const Constraint& constraint, Metric metric) {
  return constraint.kind == ConstraintKind::AtMost && constraint.metric == metric;
}

}  // namespace

void require_figures(const Problem& problem, const Objective& objective) {
  if (objective.kind == ObjectiveKind::Energy || objective.energy_weight > 0)
    require_watts(problem, {}, "objective energy");
  const bool counts_errors = objective.kind == ObjectiveKind::Accuracy || objective.error_weight > 0;
  if (counts_errors && problem.policies.empty() && std::ranges::none_of(problem.tensors, loses_accuracy))
    fail("objective accuracy",
         "no exit and no codec changes it: `tandem exits report` and `tandem codec tune` measure them");
}

void require_figures(const Problem& problem) {
  require_figures(problem, problem.objective);
  for (const auto& constraint : problem.constraints) {
    const std::string counter = fmt::format("constraint '{}'", constraint.text);
    if (is_limit_on(constraint, Metric::Energy)) require_watts(problem, constraint.targets, counter);
    if (is_limit_on(constraint, Metric::Memory)) require_memory(problem, counter);
  }
  for (const auto& target : problem.targets) {
    if (target.memory_limit_bytes < kUnlimited)
      require_memory(problem, fmt::format("memory limit of '{}'", target.name));
  }
}

void require_accuracy(const Problem& problem, const Constraint& constraint) {
  if (is_limit_on(constraint, Metric::Error) && problem.policies.empty())
    fail(fmt::format("constraint '{}'", constraint.text),
         "the accuracy of the model is unknown: `tandem exits report` measures it (in a problem file: policies); "
         "--max-accuracy-loss bounds the loss by codecs");
}

}  // namespace tandem::plan
