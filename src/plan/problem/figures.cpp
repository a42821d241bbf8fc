#include "plan/problem/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
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

bool has_price(const Problem& problem, std::size_t target) {
  return problem.targets[target].price_per_hour > 0 || std::ranges::any_of(problem.links, [&](const Link& link) {
           return link.to == target && link.price_per_gb > 0;
         });
}

void require_prices(const Problem& problem, const std::vector<std::size_t>& targets, const std::string& counter) {
  std::vector<std::size_t> named = targets;
  if (named.empty()) {
    named.resize(problem.targets.size());
    std::iota(named.begin(), named.end(), std::size_t{0});
  }
  if (std::ranges::any_of(named, [&](std::size_t target) { return has_price(problem, target); })) return;
  fail(counter,
       fmt::format("{} has a price_per_hour or a link to it with a price_per_gb, expected them in the fleet or "
                   "problem file",
                   targets.empty() ? "no target" : "none of the targets named"));
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
  if (objective.kind == ObjectiveKind::Money || objective.money_weight > 0)
    require_prices(problem, {}, "objective money");
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
    if (is_limit_on(constraint, Metric::Money)) require_prices(problem, constraint.targets, counter);
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
