// A made-up JALAD experiment for tests.
#pragma once

#include <cstddef>
#include <string>

#include "base/json.h"

namespace tandem::jalad {

// Two networks of so many cuts; none: of two, and there is no map. `name` begins whatever somebody else has named.
base::Json sample_jalad(std::size_t cuts, const std::string& name);

}  // namespace tandem::jalad
