// Counts what a test program allocates. For plan's own tests.
#pragma once

#include <cstddef>

namespace tandem::plan {

// Calls of operator new so far.
std::size_t allocation_count();

}  // namespace tandem::plan
