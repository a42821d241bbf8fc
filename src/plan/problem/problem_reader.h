// Reads a problem from JSON, all but what refers to a checked problem: policies, objective and constraints. Private to
// plan/problem/.
#pragma once

#include "base/json.h"
#include "plan/problem/json_fields.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

struct ProblemParts {
  Problem problem;  // not yet checked
  Names exits;      // by which policies refer to them
};

// Throws Error(InvalidInput) with the place.
ProblemParts read_parts(const base::JsonView& root);

}  // namespace tandem::plan
