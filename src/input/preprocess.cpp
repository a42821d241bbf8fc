#include "input/preprocess.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::input {
namespace {

using base::Tensor;

[[noreturn]] void refuse(std::string message) {
  throw base::Error(base::ErrorKind::InvalidInput, std::move(message));
}

// By sample value, its normalised value in a channel: there are only 256.
std::array<float, 256> values_of(int channel, const Preprocessing& wish) {
  std::array<float, 256> values;
  for (int sample = 0; sample < 256; ++sample) {
    values[sample] = static_cast<float>((sample * wish.scale - wish.mean[channel]) / wish.deviation[channel]);
  }
  return values;
}

std::array<unsigned char, 256> identity() {
  std::array<unsigned char, 256> values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<unsigned char>(i);
  return values;
}

// The channel of an RGB image that is the tensor's channel; of a grey one all are the same.
int source_of(int channel, ChannelOrder order) {
  return order == ChannelOrder::Bgr ? 2 - channel : channel;
}

// Puts one channel of the image, each sample replaced by its value, where the layout wants it.
template <class T>
void lay_out(const Tensor& image, int channel, const Preprocessing& preprocessing, const std::array<T, 256>& values,
             Tensor& result) {
  const bool is_nchw = preprocessing.layout == Layout::Nchw;
  const std::size_t pixels = image.size() / 3;
  const unsigned char* from = image.values<unsigned char>().data() + source_of(channel, preprocessing.channels);
  T* to = result.mutable_values<T>().data() + static_cast<std::size_t>(channel) * (is_nchw ? pixels : 1);
  const auto stride = static_cast<std::size_t>(is_nchw ? 1 : channel_count(preprocessing.channels));
  for (std::size_t i = 0; i < pixels; ++i) to[i * stride] = values[from[i * 3]];
}

Tensor grey(const Tensor& image) {
  Tensor result = Tensor::allocate(image.type());
  const auto from = image.values<unsigned char>();
  const auto to = result.mutable_values<unsigned char>();
  for (std::size_t i = 0; i < from.size(); i += 3) {
    to[i] = to[i + 1] = to[i + 2] = brightness(from[i], from[i + 1], from[i + 2]);
  }
  return result;
}

// The image in the middle of a black frame; the image itself where there is none.
Tensor framed(const Tensor& image, const Preprocessing& wish) {
  const base::Shape shape{wish.frame_height, wish.frame_width, 3};
  if (wish.frame_height == 0 || image.shape() == shape) return image;
  Tensor result = Tensor::allocate({base::ElementType::UInt8, shape});
  std::ranges::fill(result.mutable_bytes(), std::byte{0});
  const std::size_t row = static_cast<std::size_t>(image.shape()[1]) * 3;
  const std::int64_t left = (shape[1] - image.shape()[1]) / 2;
  for (std::int64_t y = 0, top = (shape[0] - image.shape()[0]) / 2; y < image.shape()[0]; ++y) {
    const auto from = image.bytes().subspan(static_cast<std::size_t>(y) * row, row);
    std::ranges::copy(from, result.mutable_bytes().begin() + ((top + y) * shape[1] + left) * 3);
  }
  return result;
}

}  // namespace

Preprocessing preset(PixelFormat format) {
  switch (format) {
    case PixelFormat::Symmetric:
      return {.scale = 1 / 127.5, .mean = {1, 1, 1}};
    case PixelFormat::Unit:
      return {};
    case PixelFormat::None:
      return {.scale = 1};
    case PixelFormat::ImageNet:
      return {.crop_fraction = 0.875, .mean = {0.485, 0.456, 0.406}, .deviation = {0.229, 0.224, 0.225}};
  }
  return {};
}

std::string name_of_values(const Preprocessing& pictures) {
  for (const auto format : kPixelFormats) {
    const Preprocessing named = preset(format);
    if (named.scale == pictures.scale && named.mean == pictures.mean && named.deviation == pictures.deviation)
      return name_of(format);
  }
  return fmt::format("scale {:g} mean {:g} deviation {:g}", pictures.scale, fmt::join(pictures.mean, ","),
                     fmt::join(pictures.deviation, ","));
}

int channel_count(ChannelOrder order) {
  return order == ChannelOrder::Grey ? 1 : 3;
}

unsigned char brightness(unsigned char red, unsigned char green, unsigned char blue) {
  constexpr int kHalf = 1 << 15;
  return static_cast<unsigned char>((red * 19595 + green * 38470 + blue * 7471 + kHalf) >> 16);
}

void check(const Preprocessing& wish) {
  for (const int side : {wish.width, wish.height}) {
    if (side < 1 || side > kLongestSide) refuse(fmt::format("image side {}, expected 1 to {}", side, kLongestSide));
  }
  if (!(wish.crop_fraction >= 0.01 && wish.crop_fraction <= 1)) {
    refuse(fmt::format("crop fraction {}, expected 0.01 to 1", wish.crop_fraction));
  }
  if (!std::isfinite(wish.scale)) refuse(fmt::format("scale {}, expected a finite number", wish.scale));
  for (const double mean : wish.mean) {
    if (!std::isfinite(mean)) refuse(fmt::format("mean {}, expected a finite number", mean));
  }
  for (const double deviation : wish.deviation) {
    if (!std::isfinite(deviation) || deviation == 0) {
      refuse(fmt::format("standard deviation {}, expected a finite number other than 0", deviation));
    }
  }
}

void check_image(const Tensor& image) {
  const base::Shape& shape = image.shape();
  const bool is_image = image.element() == base::ElementType::UInt8 && shape.size() == 3 && shape[2] == 3 &&
                        shape[0] >= 1 && shape[1] >= 1 && shape[0] <= INT32_MAX && shape[1] <= INT32_MAX;
  if (is_image) return;
  throw base::Error(base::ErrorKind::InvalidInput, fmt::format("an image of {} {}, expected uint8 [height, width, 3]",
                                                               base::name_of(image.element()), base::to_string(shape)));
}

Tensor normalise(const Tensor& image, const Preprocessing& preprocessing) {
  check(preprocessing);
  check_image(image);
  const bool is_grey = preprocessing.channels == ChannelOrder::Grey;
  const Tensor& source = is_grey ? grey(image) : image;
  const int channels = channel_count(preprocessing.channels);
  const base::Shape& size = image.shape();
  const base::Shape shape = preprocessing.layout == Layout::Nchw ? base::Shape{1, channels, size[0], size[1]}
                                                                 : base::Shape{1, size[0], size[1], channels};
  const auto element = preprocessing.as_bytes ? base::ElementType::UInt8 : base::ElementType::Float32;
  Tensor result = Tensor::allocate({element, shape});
  for (int channel = 0; channel < channels; ++channel) {
    if (preprocessing.as_bytes) {
      lay_out<unsigned char>(source, channel, preprocessing, identity(), result);
    } else {
      lay_out<float>(source, channel, preprocessing, values_of(channel, preprocessing), result);
    }
  }
  return result;
}

Tensor preprocess(const Tensor& image, const Preprocessing& preprocessing) {
  return normalise(framed(resize(image, preprocessing), preprocessing), preprocessing);
}

}  // namespace tandem::input
