// The results as tables on standard output.
#pragma once

#include "base/json.h"

namespace tandem::jalad {

// Of a "tandem.jalad" document (README.md).
void print_tables(const base::Json& report);

}  // namespace tandem::jalad
