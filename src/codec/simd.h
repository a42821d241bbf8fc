// The vector instructions that codecs use on this processor. Bytes and values are the same with all of them.
// Thread-safe. Private to codec/.
#pragma once

namespace tandem::codec {

// Each includes those before it.
enum class Simd {
  Portable,
  Avx2,  // with F16C
};

// The best that the processor has; Portable when the environment variable TANDEM_SIMD is "off". Looked up once.
Simd best_simd();

#if defined(__x86_64__)
template <class Kernel>
[[gnu::target("avx2")]] void run_with_avx2(const Kernel& kernel) {
  kernel();
}
#endif

// Runs a kernel, compiled once for every processor and once for those with AVX2. It must be a lambda that is always
// inlined (`[&]() __attribute__((always_inline)) { … }`), and so must all functions that its loops call.
template <class Kernel>
void run_fast(const Kernel& kernel) {
#if defined(__x86_64__)
  if (best_simd() >= Simd::Avx2) return run_with_avx2(kernel);
#endif
  kernel();
}

}  // namespace tandem::codec
