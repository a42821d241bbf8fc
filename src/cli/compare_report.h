// What published methods would choose, as a table for people and as JSON: the answer to `tandem plan --compare`.
// Private to cli/.
#pragma once

#include <string>

#include "base/json.h"
#include "workspace/planning.h"

namespace tandem::cli {

// Of a report with `compared`: docs/formats.md, "Plan". Without it, both are empty.
base::Json compared_json(const workspace::PlanReport& report);
std::string compared_text(const workspace::PlanReport& report);

std::string names_of_methods();    // with commas
std::string sources_of_methods();  // a line for each

}  // namespace tandem::cli
