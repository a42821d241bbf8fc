// A made-up Edgent experiment for tests.
#pragma once

#include <cstddef>
#include <string>

#include "base/json.h"

namespace tandem::edgent {

// Without requests there is no trace. `name` begins whatever somebody else has named, other than Tandem's method.
base::Json sample_edgent(std::size_t trace_requests, const std::string& name);

}  // namespace tandem::edgent
