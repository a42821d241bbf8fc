// The emulation of a slower machine, as a decorator of any engine: kernels take `factor` times as long, and whoever
// times runs learns from slowdown() by how much to stretch them. Its sessions run at full speed, so that loading does
// not wait.
#pragma once

#include <memory>

#include "engine/engine.h"

namespace tandem::engine {

// `engine` must outlive it. factor ≥ 1.
std::unique_ptr<Engine> slowed(Engine& engine, double factor);

}  // namespace tandem::engine
