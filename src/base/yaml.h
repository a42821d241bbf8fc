// Converts YAML to a JSON tree, so that JsonView reads both. Used for fleet files. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace tandem::base {

// Scalars become booleans, numbers or strings by YAML's core schema; quoted scalars stay strings. Throws
// Error(InvalidInput) with source, line and column on text that is not YAML, on more than one document, and on more
// than 64 levels or 100,000 nodes. An alias counts each time it is used, so that a small file cannot expand into a
// large tree.
Json parse_yaml(std::string_view text, const std::string& source);

}  // namespace tandem::base
