// Reads the exit policies of a problem from JSON: "policies", or "exit_statistics" and thresholds to replay. Private to
// plan/problem/.
#pragma once

#include "base/json.h"
#include "plan/problem/json_fields.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// Adds the policies in `root` to `problem`, whose exits must have passed check(); `exits` are their names. Throws
// Error(InvalidInput) with the place.
void read_policies(const base::JsonView& root, const Names& exits, Problem& problem);

}  // namespace tandem::plan
