// The emulation of a slower machine, as a decorator of any engine: it multiplies times of kernels by `factor`, and
// tells by slowdown() how much times of runs are to be stretched. Its sessions run at full speed, so that loading does
// not wait.
#pragma once

#include <memory>

#include "engine/engine.h"

namespace tandem::engine {

// `engine` must outlive it. factor ≥ 1.
std::unique_ptr<Engine> slowed(Engine& engine, double factor);

}  // namespace tandem::engine
