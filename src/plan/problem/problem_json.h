// Problems as JSON: "tandem.problem", version 1 (docs/formats.md). Measurements from any source can be planned from one
// file.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "plan/problem/problem.h"

namespace tandem::plan {

// A problem that has passed check(). Throws Error(InvalidInput), one line with the place, on input that docs/formats.md
// does not allow.
Problem problem_from_json(const nlohmann::ordered_json& json, const std::string& source);
nlohmann::ordered_json to_json(const Problem& problem);

}  // namespace tandem::plan
