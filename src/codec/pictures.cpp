// Pictures as PNG and JPEG. JPEG values are those of libjpeg-turbo, the same wherever it decodes. A chunk is the whole
// picture, as decoders need it.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/error.h"
#include "codec/affine.h"
#include "codec/elements.h"
#include "codec/simple.h"
#include "input/encode_image.h"
#include "input/image.h"

namespace tandem::codec {
namespace {

// [1, channels, height, width] as [height, width, channels], and back from a picture that has three.
base::Tensor interleaved(const std::uint8_t* planes, const base::Shape& shape) {
  base::Tensor image = base::Tensor::allocate({base::ElementType::UInt8, {shape[2], shape[3], shape[1]}});
  const auto channels = static_cast<std::size_t>(shape[1]);
  const auto samples = image.mutable_values<std::uint8_t>();
  const std::size_t pixels = samples.size() / channels;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    for (std::size_t i = 0; i < pixels; ++i) samples[i * channels + channel] = planes[channel * pixels + i];
  }
  return image;
}

template <class T, class Convert>
void separate(const base::Tensor& image, std::span<T> planes, std::size_t channels, const Convert& convert) {
  const auto samples = image.values<std::uint8_t>();
  const std::size_t pixels = samples.size() / 3;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    for (std::size_t i = 0; i < pixels; ++i) planes[channel * pixels + i] = convert(samples[i * 3 + channel]);
  }
}

std::string joined(const std::string& first, const std::optional<ByteScale>& bytes) {
  if (!bytes) return first;
  return first.empty() ? text_of(*bytes) : first + " " + text_of(*bytes);
}

class Picture : public SimpleCodec {
 public:
  Picture(std::string name, const std::string& parameters, std::optional<ByteScale> bytes)
      : SimpleCodec(std::move(name), joined(parameters, bytes)), bytes_(bytes) {}

  bool takes_whole() const override { return true; }
  void check(const base::TensorType& type) const override {
    const bool is_element_fine =
        type.element == base::ElementType::UInt8 || (bytes_ && type.element == base::ElementType::Float32);
    if (!is_element_fine || !is_picture(type.shape)) {
      throw base::Error(
          base::ErrorKind::Unsupported,
          fmt::format("codec {}: takes {} of 1x1 or 1x3 and up to {}x{}, not {} {}", name(),
                      bytes_ ? "uint8 and float32" : "uint8 (float32 with scale= and shift=)", input::kMostJpegSide,
                      input::kMostJpegSide, base::name_of(type.element), base::to_string(type.shape)));
    }
  }
  void encode(const base::Tensor& tensor, Chunk chunk, std::vector<std::byte>& out) const override {
    if (tensor.element() == base::ElementType::UInt8) {
      return append(interleaved(as_codes(tensor.bytes()), tensor.shape()), out);
    }
    const auto values = values_in<float>(tensor, chunk);
    const auto planes = std::make_unique_for_overwrite<std::uint8_t[]>(values.size());
    to_bytes(values, *bytes_, planes.get());
    append(interleaved(planes.get(), tensor.shape()), out);
  }
  void decode(std::span<const std::byte> bytes, Chunk, base::Tensor& tensor) const override {
    const base::Tensor image = read(bytes, tensor.shape());
    const auto channels = static_cast<std::size_t>(tensor.shape()[1]);
    if (tensor.element() == base::ElementType::UInt8) {
      return separate(image, tensor.mutable_values<std::uint8_t>(), channels,
                      [](std::uint8_t sample) { return sample; });
    }
    const Table table = table_of(*bytes_);
    separate(image, tensor.mutable_values<float>(), channels, [&](std::uint8_t sample) { return table[sample]; });
  }

 private:
  virtual void append(const base::Tensor& image, std::vector<std::byte>& out) const = 0;
  virtual bool is_ours(std::span<const std::byte> bytes) const = 0;

  static bool is_picture(const base::Shape& shape) {
    const auto is_side = [](std::int64_t side) { return side >= 1 && side <= input::kMostJpegSide; };
    return shape.size() == 4 && shape[0] == 1 && (shape[1] == 1 || shape[1] == 3) && is_side(shape[2]) &&
           is_side(shape[3]) && shape[2] * shape[3] <= input::ImageLimits().pixels;
  }
  base::Tensor read(std::span<const std::byte> bytes, const base::Shape& shape) const {
    if (!is_ours(bytes)) fail("a chunk that does not begin as its format does");
    base::Tensor image = input::decode_image(bytes, name(), {bytes.size(), shape[2] * shape[3]});
    if (image.shape()[0] != shape[2] || image.shape()[1] != shape[3]) {
      fail(fmt::format("a picture of {}x{}, expected {}x{}", image.shape()[0], image.shape()[1], shape[2], shape[3]));
    }
    return image;
  }

  std::optional<ByteScale> bytes_;
};

class Png : public Picture {
 public:
  explicit Png(std::optional<ByteScale> bytes) : Picture("png", "", bytes) {}
  std::size_t worst_case_bytes(const base::TensorType& type, Chunk) const override {
    return input::png_bound(type.shape[3], type.shape[2], type.shape[1]);
  }

 private:
  void append(const base::Tensor& image, std::vector<std::byte>& out) const override { input::append_png(image, out); }
  bool is_ours(std::span<const std::byte> bytes) const override { return input::is_png(bytes); }
};

class Jpeg : public Picture {
 public:
  Jpeg(int quality, std::optional<ByteScale> bytes)
      : Picture("jpeg", fmt::format("quality={}", quality), bytes), quality_(quality) {}
  std::size_t worst_case_bytes(const base::TensorType& type, Chunk) const override {
    return input::jpeg_bound(type.shape[3], type.shape[2], type.shape[1]);
  }

 private:
  void append(const base::Tensor& image, std::vector<std::byte>& out) const override {
    input::append_jpeg(image, quality_, out);
  }
  bool is_ours(std::span<const std::byte> bytes) const override { return input::is_jpeg(bytes); }

  int quality_;
};

std::optional<ByteScale> byte_scale_if_any(const Description& description) {
  if (!description.has("scale") && !description.has("shift")) return {};
  return byte_scale_of(description);
}

}  // namespace

CodecPointer open_png(const Description& description) {
  description.expect_only({"scale", "shift"});
  return std::make_shared<Png>(byte_scale_if_any(description));
}

CodecPointer open_jpeg(const Description& description) {
  description.expect_only({"quality", "scale", "shift"});
  return std::make_shared<Jpeg>(description.whole("quality", 1, 100), byte_scale_if_any(description));
}

}  // namespace tandem::codec
