// int8's codes through a general compressor. A chunk: its Affine, then the compressed codes.
#include <memory>

#include <fmt/format.h>
#include <lz4.h>

#include "base/error.h"
#include "codec/affine.h"
#include "codec/elements.h"
#include "codec/simple.h"
#include "codec/zstd.h"

namespace tandem::codec {
namespace {

class CompressedInt8 : public SimpleCodec {
 public:
  using SimpleCodec::SimpleCodec;

  void check(const base::TensorType& type) const override { check_float32(type); }
  std::size_t worst_case_bytes(const base::TensorType& type, Chunk chunk) const override {
    return kAffineBytes + bound(elements_in(type, chunk));
  }
  void encode(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) const override {
    const auto values = values_in<float>(tensor, chunk);
    const Affine affine = affine_of(values, 255);
    write_affine(affine, extend(out, kAffineBytes));
    const auto codes = std::make_unique_for_overwrite<std::byte[]>(values.size());
    to_codes(values, affine, 255, as_codes(std::span(codes.get(), values.size())));
    compress({codes.get(), values.size()}, out);
  }
  void decode(std::span<const std::byte> bytes, Chunk chunk, base::Tensor& tensor) const override {
    const auto values = mutable_values_in<float>(tensor, chunk);
    const Affine affine = read_affine(bytes, name());
    const auto codes = std::make_unique_for_overwrite<std::byte[]>(values.size());
    decompress(bytes.subspan(kAffineBytes), {codes.get(), values.size()});
    from_codes(as_codes(std::span<const std::byte>(codes.get(), values.size())), table_of(affine), values);
  }

 private:
  virtual std::size_t bound(std::size_t size) const = 0;
  virtual void compress(std::span<const std::byte> codes, std::vector<std::byte>& out) const = 0;
  virtual void decompress(std::span<const std::byte> bytes, std::span<std::byte> codes) const = 0;
};

class Int8Zstd : public CompressedInt8 {
 public:
  explicit Int8Zstd(int level) : CompressedInt8("int8+zstd", fmt::format("level={}", level)), level_(level) {}

 private:
  std::size_t bound(std::size_t size) const override { return zstd_bound(size); }
  void compress(std::span<const std::byte> codes, std::vector<std::byte>& out) const override {
    zstd_append(codes, level_, out);
  }
  void decompress(std::span<const std::byte> bytes, std::span<std::byte> codes) const override {
    zstd_read(bytes, name(), codes);
  }

  int level_;
};

class Int8Lz4 : public CompressedInt8 {
 public:
  Int8Lz4() : CompressedInt8("int8+lz4") {}

  // LZ4 counts in int.
  void check(const base::TensorType& type) const override {
    CompressedInt8::check(type);
    if (base::element_count(type.shape) <= LZ4_MAX_INPUT_SIZE) return;
    throw base::Error(base::ErrorKind::Unsupported,
                      fmt::format("codec int8+lz4: takes at most {} elements, not a tensor of {}", LZ4_MAX_INPUT_SIZE,
                                  base::to_string(type.shape)));
  }

 private:
  std::size_t bound(std::size_t size) const override {
    return static_cast<std::size_t>(LZ4_compressBound(static_cast<int>(size)));
  }
  void compress(std::span<const std::byte> codes, std::vector<std::byte>& out) const override {
    const std::size_t start = out.size();
    const auto to = extend(out, bound(codes.size()));
    const int size =
        LZ4_compress_default(reinterpret_cast<const char*>(codes.data()), reinterpret_cast<char*>(to.data()),
                             static_cast<int>(codes.size()), static_cast<int>(to.size()));
    out.resize(start + static_cast<std::size_t>(size));
  }
  void decompress(std::span<const std::byte> bytes, std::span<std::byte> codes) const override {
    if (bytes.size() > bound(codes.size())) fail(fmt::format("{} bytes for {} codes", bytes.size(), codes.size()));
    const int size =
        LZ4_decompress_safe(reinterpret_cast<const char*>(bytes.data()), reinterpret_cast<char*>(codes.data()),
                            static_cast<int>(bytes.size()), static_cast<int>(codes.size()));
    if (size != static_cast<int>(codes.size())) {
      fail(fmt::format("a chunk that decompresses to {} bytes was expected, found: {}", codes.size(), size));
    }
  }
};

}  // namespace

CodecPointer open_int8_zstd(const Description& description) {
  description.expect_only({"level"});
  return std::make_shared<Int8Zstd>(description.whole("level", 1, kBestZstdLevel, 3));
}

CodecPointer open_int8_lz4(const Description& description) {
  description.expect_only({});
  return std::make_shared<Int8Lz4>();
}

}  // namespace tandem::codec
