// Starts the training program for `tandem train` and `tandem exits add`: `tandem` itself does not need libtorch.
#pragma once

#include "base/json.h"

namespace tandem::workspace {

base::Json new_training();  // "tandem.training" (docs/formats.md, "Training") without settings

// Replaces this process, so signals reach the trainer and the exit code is its own. Throws Error(NotFound) when there
// is no trainer.
[[noreturn]] void start_trainer(const base::Json& training);

}  // namespace tandem::workspace
