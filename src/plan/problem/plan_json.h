// Plans as JSON: "tandem.plan", version 2 (docs/formats.md).
#pragma once

#include <cstddef>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "plan/problem/plan.h"

namespace tandem::plan {

// One plan, with its cost in `unit` (unit_of the objective).
nlohmann::ordered_json to_json(const Plan& plan, const char* unit);

// Throws base::Error unless the stages cover the layers from 0 to `layer_count` once each. The decision stays empty.
Plan plan_from_json(const nlohmann::ordered_json& json, const std::string& source, std::size_t layer_count);

}  // namespace tandem::plan
