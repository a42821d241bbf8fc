#include "plan/problem/accuracy.h"

#include <algorithm>

namespace tandem::plan {

void keep_encodings(Problem& problem, const std::function<bool(const Encoding&)>& is_wanted) {
  for (Tensor& tensor : problem.tensors)
    std::erase_if(tensor.encodings, [&](const Encoding& each) { return each.codec != kRaw && !is_wanted(each); });
}

bool counts_accuracy(const Problem& problem) {
  const auto limits_error = [](const Constraint& constraint) {
    return constraint.kind == ConstraintKind::AtMost && constraint.metric == Metric::Error;
  };
  return problem.objective.kind == ObjectiveKind::Accuracy || problem.objective.error_weight > 0 ||
         std::ranges::any_of(problem.constraints, limits_error);
}

void spare_accuracy(Problem& problem) {
  if (!counts_accuracy(problem)) keep_encodings(problem, [](const Encoding& each) { return each.accuracy_loss <= 0; });
}

double reference_accuracy(const Problem& problem) {
  if (problem.policies.empty()) return 100;
  return std::ranges::max_element(problem.policies, {}, &Policy::accuracy)->accuracy;
}

}  // namespace tandem::plan
