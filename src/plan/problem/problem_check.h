// Checks a problem against the rules of problem.h. For code that makes or reads problems; solvers rely on it. Pure.
#pragma once

#include <string>

#include "plan/problem/problem.h"

namespace tandem::plan {

// Throws Error(InvalidInput) when an index, an order, a number or a sum of shares breaks a rule: one line that starts
// with `source` and names the place.
void check(const Problem& problem, const std::string& source);

}  // namespace tandem::plan
