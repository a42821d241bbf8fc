#include "engine/onnxruntime/engine_memory.h"

#include <onnxruntime_session_options_config_keys.h>

#include <mutex>
#include <string_view>

namespace tandem::engine {
namespace {

thread_local MemoryUse* current = nullptr;

base::MemoryPool& unbudgeted() {
  constexpr std::size_t kMostFree = 64 << 20;
  static auto& pool = *new base::MemoryPool({}, kMostFree);  // blocks may be given back while the process ends
  return pool;
}

}  // namespace

// ONNX Runtime takes an exception for a failed allocation, and a null pointer for memory.
struct EngineAllocator : OrtAllocator {
  EngineAllocator() : OrtAllocator{} {
    version = ORT_API_VERSION;
    Alloc = take;
    Reserve = take;
    Free = [](OrtAllocator*, void* block) {
      if (block != nullptr) base::MemoryPool::give_back(block);
    };
    Info = [](const OrtAllocator* self) -> const OrtMemoryInfo* {
      return static_cast<const EngineAllocator*>(self)->info;
    };
  }

  static void* take(OrtAllocator*, std::size_t bytes) try {
    if (bytes == 0) return nullptr;
    base::MemoryPool& pool = current != nullptr && current->pool_ != nullptr ? *current->pool_ : unbudgeted();
    return pool.take_block(bytes);
  } catch (const base::Error& error) {
    if (current != nullptr && !current->refusal_) current->refusal_ = error;
    throw;
  }

  const Ort::MemoryInfo info = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
};

void register_engine_memory(Ort::Env& environment) {
  static EngineAllocator allocator;
  static std::once_flag once;
  std::call_once(once, [&] { Ort::ThrowOnError(Ort::GetApi().RegisterAllocator(environment, &allocator)); });
}

void use_engine_memory(Ort::SessionOptions& options) {
  options.AddConfigEntry(kOrtSessionOptionsConfigUseEnvAllocators, "1");
}

MemoryUse::MemoryUse(base::MemoryPool* pool) : pool_(pool), outer_(current) {
  if (pool_ != nullptr) current = this;
}

MemoryUse::~MemoryUse() {
  if (pool_ != nullptr) current = outer_;
}

std::optional<base::Error> MemoryUse::refusal(std::string_view reason) const {
  if (refusal_) return refusal_;
  if (reason.find("bad_alloc") == std::string_view::npos) return std::nullopt;
  return base::Error(base::ErrorKind::ResourceExhausted, "the system has no memory for the computation");
}

}  // namespace tandem::engine
