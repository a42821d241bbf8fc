// The engine that users run: ONNX Runtime on the CPU.
#pragma once

#include <memory>

#include "engine/engine.h"

namespace tandem::engine {

struct OnnxRuntimeSettings {
  int threads = 0;  // that one run uses; 0: one per usable processor
};

// Its sessions share the settings of threads and the memory of weights.
std::unique_ptr<Engine> onnx_runtime(const OnnxRuntimeSettings& settings = {});

}  // namespace tandem::engine
