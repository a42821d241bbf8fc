#include <fmt/format.h>

#include "codec/affine.h"
#include "codec/elements.h"
#include "codec/simple.h"

namespace tandem::codec {
namespace {

// A chunk: its Affine, then a code for each element.
class Int8 : public SimpleCodec {
 public:
  Int8() : SimpleCodec("int8") {}

  void check(const base::TensorType& type) const override { check_float32(type); }
  std::size_t worst_case_bytes(const base::TensorType& type, Chunk chunk) const override {
    return kAffineBytes + elements_in(type, chunk);
  }
  void encode(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) const override {
    const auto values = values_in<float>(tensor, chunk);
    const Affine affine = affine_of(values, 255);
    const auto bytes = extend(out, kAffineBytes + values.size());
    write_affine(affine, bytes);
    to_codes(values, affine, 255, as_codes(bytes.subspan(kAffineBytes)));
  }
  void decode(std::span<const std::byte> bytes, Chunk chunk, base::Tensor& tensor) const override {
    const auto values = mutable_values_in<float>(tensor, chunk);
    check_size(bytes, kAffineBytes + values.size());
    from_codes(as_codes(bytes.subspan(kAffineBytes)), table_of(read_affine(bytes, name())), values);
  }
};

// One byte for each element, with the same scale for all chunks: `to_` makes codes of values, `table_` values of codes.
template <class ToCodes>
class FixedInt8 : public SimpleCodec {
 public:
  FixedInt8(std::string name, std::string parameters, const ToCodes& to_codes, const Table& table)
      : SimpleCodec(std::move(name), std::move(parameters)), to_codes_(to_codes), table_(table) {}

  void check(const base::TensorType& type) const override { check_float32(type); }
  std::size_t worst_case_bytes(const base::TensorType& type, Chunk chunk) const override {
    return elements_in(type, chunk);
  }
  void encode(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) const override {
    const auto values = values_in<float>(tensor, chunk);
    to_codes_(values, as_codes(extend(out, values.size())));
  }
  void decode(std::span<const std::byte> bytes, Chunk chunk, base::Tensor& tensor) const override {
    const auto values = mutable_values_in<float>(tensor, chunk);
    check_size(bytes, values.size());
    from_codes(as_codes(bytes), table_, values);
  }

 private:
  ToCodes to_codes_;
  Table table_;
};

template <class ToCodes>
CodecPointer make_fixed(std::string name, std::string parameters, const ToCodes& to_codes, const Table& table) {
  return std::make_shared<FixedInt8<ToCodes>>(std::move(name), std::move(parameters), to_codes, table);
}

}  // namespace

CodecPointer open_int8(const Description& description) {
  description.expect_only({"scale", "zero"});
  if (!description.has("scale") && !description.has("zero")) return std::make_shared<Int8>();
  const float scale = scale_of(description);
  const int zero = description.whole("zero", 0, 255);
  const auto to_codes = [=](std::span<const float> values, std::uint8_t* codes) {
    to_codes_with_zero(values, scale, zero, codes);
  };
  return make_fixed("int8", fmt::format("scale={} zero={}", scale, zero), to_codes, table_of_zero(scale, zero));
}

CodecPointer open_uint8(const Description& description) {
  description.expect_only({"scale", "shift"});
  const ByteScale bytes = byte_scale_of(description);
  const auto to_codes = [=](std::span<const float> values, std::uint8_t* codes) { to_bytes(values, bytes, codes); };
  return make_fixed("uint8", text_of(bytes), to_codes, table_of(bytes));
}

}  // namespace tandem::codec
