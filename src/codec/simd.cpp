#include "codec/simd.h"

#include <cstdlib>
#include <string_view>

namespace tandem::codec {
namespace {

bool is_switched_off() {
  const char* const wish = std::getenv("TANDEM_SIMD");
  return wish != nullptr && std::string_view(wish) == "off";
}

Simd find_best() {
#if defined(__x86_64__)
  if (!is_switched_off() && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("f16c")) return Simd::Avx2;
#endif
  return Simd::Portable;
}

}  // namespace

Simd best_simd() {
  static const Simd best = find_best();
  return best;
}

}  // namespace tandem::codec
