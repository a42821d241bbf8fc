// The program that trains, started by `tandem train` and `tandem exits add`: libtorch stays out of `tandem` itself.
#pragma once

#include "base/json.h"

namespace tandem::workspace {

base::Json new_training();  // "tandem.training" (docs/formats.md, "Training") without any settings

// Replaces this process, so that signals reach the trainer and the exit code is its own. Throws Error(NotFound) when
// there is no trainer.
[[noreturn]] void start_trainer(const base::Json& training);

}  // namespace tandem::workspace
