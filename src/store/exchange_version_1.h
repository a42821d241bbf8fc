// Reads profiles of version 1, which have medians only, as those of version 2. Private to store/.
#pragma once

#include "base/json.h"
#include "store/costs.h"

namespace tandem::store {

// Throws Error(InvalidInput) with the place. A run of layers up to one that ends a kernel becomes a kernel without a
// name; the ends of an interval and its median become three samples; links are "given".
Costs read_version_1(const base::JsonView& root);

}  // namespace tandem::store
