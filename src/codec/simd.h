// Which instructions of this processor the codecs use. Whatever they are, the bytes and the values stay the same.
// Thread-safe. For codec's own sources.
#pragma once

namespace tandem::codec {

// Each includes those before it.
enum class Simd {
  Portable,
  Avx2,  // with F16C
};

// What the processor has; Portable when the environment variable TANDEM_SIMD is "off". Looked up once.
Simd best_simd();

#if defined(__x86_64__)
template <class Kernel>
[[gnu::target("avx2")]] void run_with_avx2(const Kernel& kernel) {
  kernel();
}
#endif

// Runs a kernel compiled twice: for every processor, and for this one's. A lambda that is always inlined
// (`[&]() __attribute__((always_inline)) { … }`), and so is all that its loops call.
template <class Kernel>
void run_fast(const Kernel& kernel) {
#if defined(__x86_64__)
  if (best_simd() >= Simd::Avx2) return run_with_avx2(kernel);
#endif
  kernel();
}

}  // namespace tandem::codec
