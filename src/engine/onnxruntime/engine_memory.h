// The memory that ONNX Runtime asks for while it runs sessions, charged to a budget. Its allocator belongs to the whole
// process, so each thread says whose memory it takes. Private to engine/onnxruntime/. Thread-safe.
#pragma once

#include <onnxruntime_cxx_api.h>

#include <optional>

#include "base/error.h"
#include "base/memory_pool.h"

namespace tandem::engine {

// Once for each environment. Sessions use the allocator if their options say so (use_engine_memory). Not under it:
// weights, and constants that are folded while a graph is loaded (model/part_memory.h has both).
void register_engine_memory(Ort::Env& environment);
void use_engine_memory(Ort::SessionOptions& options);

// While it lives, blocks for this thread come from `pool`; those that the engine's own threads ask for are not charged.
// Blocks go back to the pool that they came from. `pool` must outlive it; null changes nothing.
class MemoryUse {
 public:
  explicit MemoryUse(base::MemoryPool* pool);
  ~MemoryUse();
  MemoryUse(const MemoryUse&) = delete;
  MemoryUse& operator=(const MemoryUse&) = delete;

  // Why the engine failed, if it was for lack of memory; `reason` is its own text.
  std::optional<base::Error> refusal(std::string_view reason) const;

 private:
  friend struct EngineAllocator;
  base::MemoryPool* const pool_;
  MemoryUse* const outer_;
  std::optional<base::Error> refusal_;
};

}  // namespace tandem::engine
