// The best ways of tensors to their readers, past others too, where it is decided which target runs each block. Private
// to plan/solve/.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

struct Ways {
  std::optional<Plan> plan;  // the best that keeps all limits; nothing: there is none, or none was found
  bool is_exact = true;      // all ways were tried, or those left out are no better
  std::size_t steps = 0;     // plans priced
};

// Of a decision's policy, route and positions; its crossings do not count. Tensors are independent of one another in
// sums, so each takes its best way; limits and periods couple them: then all combinations are tried while they are few,
// else one tensor after the other, until none has a better way.
Ways best_ways(const Problem& problem, const Decision& placed, const std::function<bool()>& must_stop);

}  // namespace tandem::plan
