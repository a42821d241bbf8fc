#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "codec/elements.h"
#include "codec/simd.h"
#include "codec/simple.h"

namespace tandem::codec {
namespace {

constexpr std::uint32_t kSign = 0x80000000;
constexpr std::uint32_t kInfinity = 0x7f800000;
constexpr std::uint32_t kHalfInfinity = 0x7c00;

std::uint16_t half_of(std::uint32_t magnitude) {
  constexpr std::uint32_t kFirstBeyond = 0x47800000;  // 2^16
  constexpr std::uint32_t kFirstNormal = 0x38800000;  // 2^−14
  if (magnitude > kInfinity) return static_cast<std::uint16_t>(0x7e00 | ((magnitude >> 13) & 0x1ff));
  if (magnitude >= kFirstBeyond) return kHalfInfinity;
  if (magnitude < kFirstNormal) {
    // The last bit of a sum with 0.5 is worth 2^−24, as that of a subnormal half is.
    const float sum = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(sum) - std::bit_cast<std::uint32_t>(0.5F));
  }
  const std::uint32_t is_odd = (magnitude >> 13) & 1;
  constexpr std::uint32_t kRebias = (127 - 15) << 23;
  return static_cast<std::uint16_t>((magnitude - kRebias + 0xfff + is_odd) >> 13);
}

std::uint16_t to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>(half_of(bits & ~kSign) | (bits & kSign) >> 16);
}

float from_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000) << 16;
  const std::uint32_t magnitude = half & 0x7fffU;
  std::uint32_t bits = (magnitude << 13) + ((127 - 15) << 23);
  if (magnitude >= kHalfInfinity)
    bits = kInfinity | (magnitude & 0x3ff) << 13 | (magnitude > kHalfInfinity ? 1 << 22 : 0);
  if (magnitude < 0x400) bits = std::bit_cast<std::uint32_t>(static_cast<float>(magnitude) * 0x1p-24F);
  return std::bit_cast<float>(bits | sign);
}

#if defined(__x86_64__)
// Return how many they converted; the rest is for the portable path.
[[gnu::target("avx2,f16c")]] std::size_t to_halves_with_f16c(std::span<const float> values, std::byte* to) {
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8) {
    const __m128i halves = _mm256_cvtps_ph(_mm256_loadu_ps(&values[i]), _MM_FROUND_TO_NEAREST_INT);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + 2 * i), halves);
  }
  return i;
}

[[gnu::target("avx2,f16c")]] std::size_t from_halves_with_f16c(const std::byte* from, std::span<float> values) {
  std::size_t i = 0;
  for (; i + 8 <= values.size(); i += 8) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 2 * i));
    _mm256_storeu_ps(&values[i], _mm256_cvtph_ps(halves));
  }
  return i;
}
#else
std::size_t to_halves_with_f16c(std::span<const float>, std::byte*) {
  return 0;
}
std::size_t from_halves_with_f16c(const std::byte*, std::span<float>) {
  return 0;
}
#endif

void to_halves(std::span<const float> values, std::byte* to) {
  std::size_t i = best_simd() >= Simd::Avx2 ? to_halves_with_f16c(values, to) : 0;
  for (; i < values.size(); ++i) {
    const std::uint16_t half = to_half(values[i]);
    std::memcpy(to + 2 * i, &half, 2);
  }
}

void from_halves(const std::byte* from, std::span<float> values) {
  std::size_t i = best_simd() >= Simd::Avx2 ? from_halves_with_f16c(from, values) : 0;
  for (; i < values.size(); ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, from + 2 * i, 2);
    values[i] = from_half(half);
  }
}

class Fp16 : public SimpleCodec {
 public:
  Fp16() : SimpleCodec("fp16") {}

  void check(const base::TensorType& type) const override { check_float32(type); }
  bool keeps_not_finite() const override { return true; }
  std::size_t worst_case_bytes(const base::TensorType& type, Chunk chunk) const override {
    return 2 * elements_in(type, chunk);
  }
  void encode(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) const override {
    const auto values = values_in<float>(tensor, chunk);
    to_halves(values, extend(out, 2 * values.size()).data());
  }
  void decode(std::span<const std::byte> bytes, Chunk chunk, base::Tensor& tensor) const override {
    const auto values = mutable_values_in<float>(tensor, chunk);
    check_size(bytes, 2 * values.size());
    from_halves(bytes.data(), values);
  }
};

}  // namespace

CodecPointer open_fp16(const Description& description) {
  description.expect_only({});
  return std::make_shared<Fp16>();
}

}  // namespace tandem::codec
