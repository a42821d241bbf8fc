#include "workspace/plan_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "plan/ask/native_plans.h"
#include "plan/ask/variant.h"
#include "plan/problem/accuracy.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/plan_json.h"
#include "plan/solve/solve.h"
#include "serve/way.h"
#include "workspace/replicas.h"

namespace tandem::workspace {
namespace {

constexpr std::size_t kLargestPlanBytes = 16u << 20;

std::optional<plan::Plan> best_in_time(const plan::Problem& problem, const PlanOptions& options) {
  const auto plans = plan::solve(in_time(problem, options), options.question.options(1)).plans;
  if (!plans.empty()) return plans[0];
  base::log(base::LogLevel::Warning, "no plan is predicted to answer within {} ms: taking the fastest",
            *options.deadline_ms);
  return std::nullopt;
}

std::vector<plan::Plan> plans_of(plan::Problem problem, const PlanOptions& options) {
  if (options.deadline_ms && !problem.policies.empty()) {
    if (auto plan = best_in_time(problem, options)) return {*std::move(plan)};
    problem.objective.kind = plan::ObjectiveKind::Latency;
    plan::spare_accuracy(problem);
  }
  return plan::solve(problem, options.question.options(1)).plans;
}

plan::Plan best_of(const plan::Problem& problem, const PlanOptions& options) {
  const auto plans = plans_of(problem, options);
  if (plans.empty()) {
    throw base::Error(base::ErrorKind::NotFound,
                      "no plan keeps every --where: `tandem plan` with the same flags explains why");
  }
  return plans[0];
}

std::optional<plan::Plan> best_without(const std::set<std::string>& targets, plan::Problem problem,
                                       const PlanOptions& options) {
  problem.constraints.push_back(plan::parse_constraint(problem, fmt::format("avoid {}", fmt::join(targets, ","))));
  const auto plans = plans_of(std::move(problem), options);
  return plans.empty() ? std::nullopt : std::optional(plans[0]);
}

std::optional<plan::Plan> fastest_without(const std::set<std::string>& targets, std::vector<plan::Plan> plans) {
  std::erase_if(plans, [&](const plan::Plan& plan) { return !serve::avoids(plan, targets); });
  const auto fastest = std::ranges::min_element(plans, {}, &plan::Plan::latency_ms);
  return fastest == plans.end() ? std::nullopt : std::optional(*fastest);
}

void check_is_of(const base::JsonView& root, const model::Model& model) {
  if (root["format"].string() != "tandem.plan") root["format"].fail("tandem.plan");
  root["version"].integer(1, 2);
  if (!root.find("model")) root.fail("a plan of this model: it was made from a problem file");
  if (root["model"].string() != model.digest())
    root["model"].fail(
        "the digest of this model with these shapes (--shape): the plan was made for another model, or for other "
        "shapes "
        "of it, which are part of a plan's identity");
  if (root["plans"].items().empty()) root["plans"].fail("at least one plan");
}

PlanChoice read_choice(const std::string& path, const model::Model& model) {
  const base::Json json = base::parse_json(base::read_file(path, kLargestPlanBytes), path);
  const base::JsonView root(json, path);
  check_is_of(root, model);
  const std::size_t layers = model.graph().layers.size();
  const auto best = root["plans"].items().front();
  PlanChoice choice;
  choice.best = plan::plan_from_json(best.json(), best.where(), layers);
  choice.best.cost = choice.best.latency_ms;  // a run measures latency, whatever the objective
  for (const auto& native : root["native_plans"].items())
    choice.natives.push_back(plan::plan_from_json(native.json(), native.where(), layers));
  choice.without = [natives = choice.natives](const auto& targets) { return fastest_without(targets, natives); };
  return choice;
}

PlanChoice make_choice(Workspace& workspace, const PlanOptions& options) {
  if (!options.path.empty()) return read_choice(options.path, workspace.model());
  const plan::Problem problem = problem_to_run(workspace, options);
  return {best_of(problem, options), plan::native_plans(problem),
          [problem, options](const auto& targets) { return best_without(targets, problem, options); }};
}

}  // namespace

PlanChoice choose_plan(Workspace& workspace, const PlanOptions& options) {
  PlanChoice choice = make_choice(workspace, options);
  check_replicas(choice.best, workspace.fleet());
  return choice;
}

// A deadline counts for everything that may have to wait for a machine.
base::Milliseconds longest_description(const PlanOptions& options) {
  constexpr base::Milliseconds kLongest{10'000};
  return options.deadline_ms ? std::min(kLongest, base::Milliseconds(*options.deadline_ms)) : kLongest;
}

plan::Problem problem_to_run(Workspace& workspace, const PlanOptions& options) {
  const KnownCosts known = workspace.costs();
  plan::Problem problem = workspace.problem(known);
  warn_of_guesses(known, workspace.fleet());
  warn_of_stale(known, workspace.access().targets(), longest_description(options));
  options.question.apply_to(problem);
  plan::spare_accuracy(problem);
  return problem;
}

plan::Problem in_time(plan::Problem problem, const PlanOptions& options) {
  return plan::with_deadline(std::move(problem), *options.deadline_ms);
}

}  // namespace tandem::workspace
