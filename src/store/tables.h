// What entries of a profile have in common (docs/formats.md, "Profile"). Private to store/.
#pragma once

#include <cstdint>

#include "base/json.h"
#include "cost/costs.h"

namespace tandem::store {

inline constexpr std::size_t kMostExits = 64;
inline constexpr double kMost = 1e18;  // bytes, operations

base::Json json_of(const cost::Identity& identity);
cost::Identity read_identity(const base::JsonView& view);
std::int64_t read_time(const base::JsonView& view);  // its measured_at_s
double read_ms(const base::JsonView& view);

}  // namespace tandem::store
