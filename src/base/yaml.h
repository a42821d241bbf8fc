// YAML into the JSON tree, so that one reader (JsonView) serves both.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace tandem::base {

// Scalars become booleans, numbers or strings, as YAML's core schema reads them; quoted ones stay strings.
// Throws Error(InvalidInput) with source, line and column; also on more than 64 levels or 100,000 nodes (aliases count
// each time they are used, so a small file cannot expand into a large tree).
Json parse_yaml(std::string_view text, const std::string& source);

}  // namespace tandem::base
