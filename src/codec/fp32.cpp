#include <algorithm>

#include "codec/elements.h"
#include "codec/simple.h"

namespace tandem::codec {
namespace {

class Fp32 : public SimpleCodec {
 public:
  Fp32() : SimpleCodec("fp32") {}

  void check(const base::TensorType& type) const override { base::size_bytes(type); }
  bool keeps_not_finite() const override { return true; }
  std::size_t worst_case_bytes(const base::TensorType& type, Chunk chunk) const override {
    return elements_in(type, chunk) * base::element_size(type.element);
  }
  void encode(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) const override {
    const auto bytes = bytes_in(tensor, chunk);
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  void decode(std::span<const std::byte> bytes, Chunk chunk, base::Tensor& tensor) const override {
    const auto to = mutable_bytes_in(tensor, chunk);
    check_size(bytes, to.size());
    std::ranges::copy(bytes, to.begin());
  }
};

}  // namespace

CodecPointer open_fp32(const Description& description) {
  description.expect_only({});
  return std::make_shared<Fp32>();
}

}  // namespace tandem::codec
