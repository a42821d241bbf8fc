// Replaces the allocator of a fuzz program, so that an input that makes its reader ask for too much memory fails
// instead of being served by a generous machine.
#include "fuzz/memory_limit.h"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>

namespace tandem::fuzz {
namespace {

constexpr std::size_t kLargestAllocation = std::size_t{TANDEM_FUZZ_ALLOCATION_MB} << 20;
constexpr std::size_t kLargestSum = std::size_t{TANDEM_FUZZ_SUM_MB} << 20;

std::size_t allocated_bytes = 0;  // since the last reset; a fuzz program counts in one thread at a time
bool is_limited = false;          // from the first reset on: what comes before prepares the seeds

void* allocate(std::size_t size, std::size_t alignment) {
  allocated_bytes += size;
  if (is_limited && (size > kLargestAllocation || allocated_bytes > kLargestSum)) {
    std::fprintf(stderr, "fuzz: an allocation of %zu bytes, %zu for this input\n", size, allocated_bytes);
    std::abort();
  }
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* memory = alignment <= alignof(std::max_align_t)
                     ? std::malloc(size == 0 ? 1 : size)
                     : std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void reset_allocated_bytes() {
  allocated_bytes = 0;
  is_limited = true;
}

}  // namespace tandem::fuzz

// clang-format off
void* operator new(std::size_t size) { return tandem::fuzz::allocate(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return tandem::fuzz::allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return tandem::fuzz::allocate(size, 1); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
// clang-format on

// What C libraries allocate, the sanitizer bounds.
extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=1024:allocator_may_return_null=0:hard_rss_limit_mb=6000";
}

// ONNX Runtime keeps a few bytes until the process ends.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libonnxruntime";
}
