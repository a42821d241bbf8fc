// The engine that users run: ONNX Runtime on the CPU.
#pragma once

#include <memory>

#include "engine/engine.h"

namespace tandem::engine {

struct Settings {
  int threads = 0;  // that one run uses; 0: one per core
};

// Sessions of one engine share its threads' settings and its weights' memory.
std::unique_ptr<Engine> onnx_runtime(const Settings& settings = {});

}  // namespace tandem::engine
