// The plan for `tandem run` and `tandem bench`: from a file, or the best by the cost store.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "workspace/question.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

struct PlanOptions {
  std::string path;   // written by `tandem plan -o`; its first plan is used; empty: plan now
  Question question;  // used without a path
  // For a model with exits: the most accurate plan whose every answer is in time, or, if there is none, the fastest
  // plan.
  std::optional<double> deadline_ms;
};

struct PlanChoice {
  plan::Plan best;
  std::vector<plan::Plan> natives;
  // The best plan for the same question in which none of these targets takes part; with a plan from a file, the fastest
  // of its native plans without them. Nothing: there is none.
  std::function<std::optional<plan::Plan>(const std::set<std::string>& targets)> without;
};

// Throws Error(NotFound) when no costs of the model are known and there is no path, or when no plan meets the
// question's constraints; Error(InvalidInput) when the file is not a plan of this model, or the plan needs replicas
// whose addresses the fleet lacks.
PlanChoice choose_plan(Workspace& workspace, const PlanOptions& options);

// The problem that choose_plan solves without a path; logs warnings. in_time() adds the deadline as a constraint on
// every request.
plan::Problem problem_to_run(Workspace& workspace, const PlanOptions& options);
plan::Problem in_time(plan::Problem problem, const PlanOptions& options);

}  // namespace tandem::workspace
