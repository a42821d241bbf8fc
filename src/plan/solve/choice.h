// The table of solvers, and the choice of one for a query by its expected effort. Private to plan/solve/.
#pragma once

#include <string>

#include "plan/solve/query.h"

namespace tandem::plan {

struct Solver {
  const char* name;
  bool (*fits)(const Query& query);
  double (*effort)(const Query& query);  // expected, in steps of a few nanoseconds
  Findings (*solve)(const Query& query);
};

// The solver of this name; empty: of those that fit, the one of least effort. Throws Error(Unsupported) when the named
// solver does not fit, Error(InvalidInput) when there is none of that name.
const Solver& choose_solver(const Query& query, const std::string& name);

}  // namespace tandem::plan
