// How much memory one input may make its reader ask for; the build may set less (add_fuzz).
#pragma once

namespace tandem::fuzz {

void reset_allocated_bytes();

}  // namespace tandem::fuzz
