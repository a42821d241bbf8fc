#include "plan/ask/binding.h"

#include <cmath>
#include <utility>

#include "plan/ask/variant.h"
#include "plan/judge/price.h"

namespace tandem::plan {

std::vector<Binding> what_binds(const Problem& problem, const Plan& best, const SolveOptions& options) {
  std::vector<Binding> bindings;
  for (std::size_t index = 0; index < problem.constraints.size(); ++index) {
    auto plan = best_plan(without(problem, index), options);
    if (!plan || plan->cost >= best.cost - kIndistinct * std::abs(best.cost)) continue;
    const Constraint& constraint = problem.constraints[index];
    const bool has_limit = constraint.kind == ConstraintKind::AtMost;
    const double reaches = has_limit ? measure(problem, *plan, constraint) : 0;
    bindings.push_back({index, *std::move(plan), reaches});
  }
  return bindings;
}

}  // namespace tandem::plan
