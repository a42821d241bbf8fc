// Narrows the ranges of a layered problem. Private to plan/solve/.
#pragma once

#include "plan/solve/layered.h"

namespace tandem::plan {

// Narrows `low` and `high` to the positions that wires, phases and forbidden positions leave. False: no assignment is
// possible.
bool narrow(Layered& layered);

}  // namespace tandem::plan
