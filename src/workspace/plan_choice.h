// The plan that `tandem run` and `tandem bench` put to work: from a file, or the best by the cost store.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"
#include "workspace/question.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

struct PlanOptions {
  std::string path;   // that `tandem plan -o` wrote: its first plan is used; empty: plan now
  Question question;  // without a path
  // For a model with exits: the most accurate answer that is always in time; where no plan is, the fastest.
  std::optional<double> deadline_ms;
};

struct PlanChoice {
  plan::Plan best;
  std::vector<plan::Plan> natives;
};

// Throws Error(NotFound) when nothing is known of the model and there is no path, or when no plan keeps the question's
// constraints; Error(InvalidInput) when the file is no plan of this model.
PlanChoice choose_plan(Workspace& workspace, const PlanOptions& options);

// The problem that choose_plan solves without a path, warnings included; and with the deadline as a constraint on every
// request.
plan::Problem problem_to_run(Workspace& workspace, const PlanOptions& options);
plan::Problem in_time(plan::Problem problem, const PlanOptions& options);

}  // namespace tandem::workspace
