#include <memory>

#include <fmt/format.h>

#include "codec/elements.h"
#include "codec/simple.h"
#include "codec/zstd.h"

namespace tandem::codec {
namespace {

// Elements of `width` bytes: all their first bytes, then all their second bytes, …
void to_planes(std::span<const std::byte> elements, std::size_t width, std::byte* planes) {
  const std::size_t count = elements.size() / width;
  for (std::size_t plane = 0; plane < width; ++plane) {
    for (std::size_t i = 0; i < count; ++i) planes[plane * count + i] = elements[i * width + plane];
  }
}

void from_planes(const std::byte* planes, std::size_t width, std::span<std::byte> elements) {
  const std::size_t count = elements.size() / width;
  for (std::size_t plane = 0; plane < width; ++plane) {
    for (std::size_t i = 0; i < count; ++i) elements[i * width + plane] = planes[plane * count + i];
  }
}

class Lossless : public SimpleCodec {
 public:
  explicit Lossless(int level) : SimpleCodec("lossless", fmt::format("level={}", level)), level_(level) {}

  void check(const base::TensorType& type) const override { base::size_bytes(type); }
  bool keeps_not_finite() const override { return true; }
  std::size_t worst_case_bytes(const base::TensorType& type, Chunk chunk) const override {
    return zstd_bound(elements_in(type, chunk) * base::element_size(type.element));
  }
  void encode(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) const override {
    const auto bytes = bytes_in(tensor, chunk);
    const std::size_t width = base::element_size(tensor.element());
    if (width == 1) return zstd_append(bytes, level_, out);
    const auto planes = std::make_unique_for_overwrite<std::byte[]>(bytes.size());
    to_planes(bytes, width, planes.get());
    zstd_append({planes.get(), bytes.size()}, level_, out);
  }
  void decode(std::span<const std::byte> bytes, Chunk chunk, base::Tensor& tensor) const override {
    const auto to = mutable_bytes_in(tensor, chunk);
    const std::size_t width = base::element_size(tensor.element());
    if (width == 1) return zstd_read(bytes, name(), to);
    const auto planes = std::make_unique_for_overwrite<std::byte[]>(to.size());
    zstd_read(bytes, name(), {planes.get(), to.size()});
    from_planes(planes.get(), width, to);
  }

 private:
  int level_;
};

}  // namespace

CodecPointer open_lossless(const Description& description) {
  description.expect_only({"level"});
  return std::make_shared<Lossless>(description.whole("level", 1, kBestZstdLevel, 3));
}

}  // namespace tandem::codec
