// `tandem exits add`: exits for a network that has none. Private to cli/.
#pragma once

#include "cli/command_line.h"

namespace tandem::cli {

void add_exits_add(Command exits);

}  // namespace tandem::cli
