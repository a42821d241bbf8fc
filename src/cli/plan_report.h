// The report of `tandem plan`, as JSON for scripts and as tables for people. Private to cli/.
#pragma once

#include <string>

#include "base/json.h"
#include "plan/problem/problem.h"
#include "workspace/planning.h"

namespace tandem::cli {

base::Json to_json(const workspace::PlanReport& report);   // docs/formats.md, "Plan"
std::string to_text(const workspace::PlanReport& report);  // with an explanation when it has `binds`

// A plan's cost in a column of such a table, and its heading.
std::string human_cost(const plan::Objective& objective, double cost);
std::string cost_heading(const plan::Objective& objective, const std::string& text);

}  // namespace tandem::cli
