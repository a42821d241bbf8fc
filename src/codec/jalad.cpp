#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "codec/affine.h"
#include "codec/elements.h"
#include "codec/huffman.h"
#include "codec/simple.h"

namespace tandem::codec {
namespace {

// A chunk: its Affine; then, unless the step is 0, the length of each level's code word, 4 bits each, those of even
// levels in the lower half of a byte; and the code words.
class Jalad : public SimpleCodec {
 public:
  explicit Jalad(int bits)
      : SimpleCodec("jalad", fmt::format("bits={}", bits)), bits_(static_cast<std::size_t>(bits)) {}

  void check(const base::TensorType& type) const override { check_float32(type); }
  // The best code is no worse than code words of `bits` bits for all levels.
  std::size_t worst_case_bytes(const base::TensorType& type, Chunk chunk) const override {
    return kAffineBytes + length_bytes() + (bits_ * elements_in(type, chunk) + 7) / 8;
  }
  void encode(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) const override {
    const auto values = values_in<float>(tensor, chunk);
    const Affine affine = affine_of(values, top());
    write_affine(affine, extend(out, kAffineBytes));
    if (affine.step == 0) return;
    const auto memory = std::make_unique_for_overwrite<std::uint8_t[]>(values.size());
    const std::span levels(memory.get(), values.size());
    to_codes(values, affine, top(), levels.data());
    const CodeLengths lengths = best_lengths(count_symbols(levels));
    write_lengths(lengths, extend(out, length_bytes()));
    huffman_encode(levels, lengths, out);
  }
  void decode(std::span<const std::byte> bytes, Chunk chunk, base::Tensor& tensor) const override {
    const auto values = mutable_values_in<float>(tensor, chunk);
    const Affine affine = read_affine(bytes, name());
    if (affine.step == 0) {
      check_size(bytes, kAffineBytes);
      std::ranges::fill(values, affine.low);
      return;
    }
    const auto memory = std::make_unique_for_overwrite<std::uint8_t[]>(values.size());
    const std::span levels(memory.get(), values.size());
    const auto rest = bytes.subspan(kAffineBytes);
    huffman_decode(rest.subspan(std::min(rest.size(), length_bytes())), read_lengths(rest), name(), levels);
    from_codes(levels.data(), table_of(affine), values);
  }

 private:
  int top() const { return (1 << bits_) - 1; }
  std::size_t length_bytes() const { return std::size_t{1} << (bits_ - 1); }

  void write_lengths(const CodeLengths& lengths, std::span<std::byte> bytes) const {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<std::byte>(lengths[2 * i] | lengths[2 * i + 1] << 4);
    }
  }
  CodeLengths read_lengths(std::span<const std::byte> bytes) const {
    if (bytes.size() < length_bytes()) {
      fail(fmt::format("{} bytes after the range, expected at least {}", bytes.size(), length_bytes()));
    }
    CodeLengths lengths{};
    for (std::size_t i = 0; i < length_bytes(); ++i) {
      lengths[2 * i] = static_cast<std::uint8_t>(bytes[i] & std::byte{15});
      lengths[2 * i + 1] = static_cast<std::uint8_t>(bytes[i] >> 4);
    }
    return lengths;
  }

  std::size_t bits_;
};

}  // namespace

CodecPointer open_jalad(const Description& description) {
  description.expect_only({"bits"});
  return std::make_shared<Jalad>(description.whole("bits", 1, 8));
}

}  // namespace tandem::codec
