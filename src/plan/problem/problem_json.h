// Problems as JSON: "tandem.problem", version 1 (docs/formats.md). Anyone's measurements can be planned from one file.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "plan/problem/problem.h"

namespace tandem::plan {

// Throws Error(InvalidInput), one line with the place, on anything that docs/formats.md does not allow; what it returns
// has passed check().
Problem problem_from_json(const nlohmann::ordered_json& json, const std::string& source);
nlohmann::ordered_json to_json(const Problem& problem);

}  // namespace tandem::plan
