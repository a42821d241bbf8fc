// The engine that users run: ONNX Runtime on the CPU.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "engine/engine.h"

namespace tandem::engine {

struct OnnxRuntimeSettings {
  int threads = 0;  // that one run uses; 0: one per usable processor
  // Shared libraries with operators of other domains: each exports RegisterCustomOps of ONNX Runtime's C interface, and
  // runs as part of this process.
  std::vector<std::string> custom_operators = {};
  base::SharedBudget memory = nullptr;  // what runs and constants take is charged to it; null: nothing is
};

// Throws Error(NotFound) where a library is missing, Error(InvalidInput) where it has no operators. Its sessions share
// the settings of threads and the memory of weights.
std::unique_ptr<Engine> onnx_runtime(const OnnxRuntimeSettings& settings = {});

}  // namespace tandem::engine
