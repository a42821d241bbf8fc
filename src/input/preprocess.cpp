#include "input/preprocess.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::input {
namespace {

using base::Tensor;

constexpr int kMaxSide = 8192;
constexpr std::int64_t kMaxIntermediatePixels = 128 << 20;
constexpr int kFractionBits = 22;  // of a weight, as in Pillow's Resample.c: 8 bits of sample, 2 of headroom

// The output pixels [first, first + count) of a side that is resized to `resized` pixels in all.
struct Span {
  double resized;
  std::int64_t first;
  int count;
};

// The input pixels that one output pixel is made of, and their weights.
struct Mixture {
  int first;
  std::vector<std::int32_t> weights;  // sum to 2^kFractionBits, but for rounding
};

// A triangle around the output pixel's centre, widened to the area that it covers when the picture shrinks (Pillow,
// Resample.c, precompute_coeffs).
Mixture mixture_at(double centre, double widening, int size) {
  const int first = std::max(0, static_cast<int>(std::floor(centre - widening + 0.5)));
  const int last = std::min(size, static_cast<int>(std::floor(centre + widening + 0.5)));
  std::vector<double> parts;
  double sum = 0;
  for (int i = first; i < last; ++i) {
    parts.push_back(std::max(0.0, 1 - std::abs((i - centre + 0.5) / widening)));
    sum += parts.back();
  }
  Mixture mixture{first, {}};
  for (const double part : parts) {
    const double weight = (sum != 0 ? part / sum : part) * (1 << kFractionBits);
    mixture.weights.push_back(static_cast<std::int32_t>(std::floor(weight + 0.5)));
  }
  return mixture;
}

std::vector<Mixture> mixtures_for(const Span& span, int size) {
  const double scale = size / span.resized;
  std::vector<Mixture> mixtures;
  mixtures.reserve(static_cast<std::size_t>(span.count));
  for (int i = 0; i < span.count; ++i) {
    mixtures.push_back(mixture_at((static_cast<double>(span.first + i) + 0.5) * scale, std::max(scale, 1.0), size));
  }
  return mixtures;
}

unsigned char to_sample(std::int32_t sum) {
  return static_cast<unsigned char>(std::clamp(sum >> kFractionBits, 0, 255));
}

// One output pixel from input pixels that are `stride` bytes apart.
void mix(const unsigned char* from, std::size_t stride, const Mixture& mixture, unsigned char* to) {
  constexpr std::int32_t kHalf = 1 << (kFractionBits - 1);
  std::int32_t red = kHalf;
  std::int32_t green = kHalf;
  std::int32_t blue = kHalf;
  from += static_cast<std::size_t>(mixture.first) * stride;
  for (const std::int32_t weight : mixture.weights) {
    red += weight * from[0];
    green += weight * from[1];
    blue += weight * from[2];
    from += stride;
  }
  to[0] = to_sample(red);
  to[1] = to_sample(green);
  to[2] = to_sample(blue);
}

// The input rows [first, last) that the output is made of.
struct RowRange {
  int first;
  int last;
};

RowRange rows_used(const std::vector<Mixture>& rows) {
  return {rows.front().first, rows.back().first + static_cast<int>(rows.back().weights.size())};
}

// Resizes the rows of that range, and leaves the others out.
Tensor resize_rows(const Tensor& image, const Span& columns, const RowRange& range) {
  const int width = static_cast<int>(image.shape()[1]);
  const std::int64_t height = range.last - range.first;
  if (height > kMaxIntermediatePixels / columns.count) {
    throw base::Error(
        base::ErrorKind::InvalidInput,
        fmt::format("an image of {}x{} pixels is too narrow or too flat for the wanted size", width, image.shape()[0]));
  }
  Tensor result = Tensor::allocate({base::ElementType::UInt8, {height, columns.count, 3}});
  const std::vector<Mixture> mixtures = mixtures_for(columns, width);
  unsigned char* to = result.mutable_values<unsigned char>().data();
  for (int y = range.first; y < range.last; ++y) {
    const unsigned char* from = image.values<unsigned char>().data() + std::size_t{3} * y * width;
    for (const Mixture& mixture : mixtures) {
      mix(from, 3, mixture, to);
      to += 3;
    }
  }
  return result;
}

Tensor resize_columns(const Tensor& image, std::vector<Mixture> rows) {
  const int left_out = rows.front().first;
  const std::size_t row_bytes = static_cast<std::size_t>(image.shape()[1]) * 3;
  Tensor result =
      Tensor::allocate({base::ElementType::UInt8, {static_cast<std::int64_t>(rows.size()), image.shape()[1], 3}});
  unsigned char* to = result.mutable_values<unsigned char>().data();
  for (Mixture& row : rows) {
    row.first -= left_out;
    for (std::size_t x = 0; x < row_bytes; x += 3, to += 3) {
      mix(image.values<unsigned char>().data() + x, row_bytes, row, to);
    }
  }
  return result;
}

// Where a crop of `count` from `resized` pixels begins: torchvision's center_crop, which rounds halves to even.
Span centred(double resized, int count) {
  return {resized, static_cast<std::int64_t>(std::nearbyint((resized - count) / 2)), count};
}

struct Spans {
  Span columns;
  Span rows;
};

// The side that decides is rounded, the other one cut to whole pixels, as torchvision's Resize does.
Spans spans_for(int width, int height, const Preprocessing& wish) {
  if (wish.resize == Resize::Stretch) {
    return {{static_cast<double>(wish.width), 0, wish.width}, {static_cast<double>(wish.height), 0, wish.height}};
  }
  const double wished_width = std::round(wish.width / wish.crop_fraction);
  const double wished_height = std::round(wish.height / wish.crop_fraction);
  if (wished_width * height >= wished_height * width) {
    return {centred(wished_width, wish.width), centred(std::floor(wished_width * height / width), wish.height)};
  }
  return {centred(std::floor(wished_height * width / height), wish.width), centred(wished_height, wish.height)};
}

void check_image(const Tensor& image) {
  const base::Shape& shape = image.shape();
  const bool is_image = image.element() == base::ElementType::UInt8 && shape.size() == 3 && shape[2] == 3 &&
                        shape[0] >= 1 && shape[1] >= 1 && shape[0] <= INT32_MAX && shape[1] <= INT32_MAX;
  if (is_image) return;
  throw base::Error(base::ErrorKind::InvalidInput, fmt::format("an image of {} {}, expected uint8 [height, width, 3]",
                                                               base::name_of(image.element()), base::to_string(shape)));
}

// By sample value, its normalised value in a channel: there are only 256.
std::array<float, 256> values_of(int channel, const Preprocessing& wish) {
  std::array<float, 256> values;
  for (int sample = 0; sample < 256; ++sample) {
    values[sample] = static_cast<float>((sample * wish.scale - wish.mean[channel]) / wish.deviation[channel]);
  }
  return values;
}

[[noreturn]] void refuse(std::string message) {
  throw base::Error(base::ErrorKind::InvalidInput, std::move(message));
}

std::array<unsigned char, 256> identity() {
  std::array<unsigned char, 256> values{};
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<unsigned char>(i);
  return values;
}

// Puts one channel of the image, each sample replaced by its value, where the layout wants it.
template <class T>
void lay_out(const Tensor& image, int channel, const Preprocessing& preprocessing, const std::array<T, 256>& values,
             Tensor& result) {
  const bool is_nchw = preprocessing.layout == Layout::Nchw;
  const std::size_t pixels = image.size() / 3;
  const int source = preprocessing.channels == ChannelOrder::Rgb ? channel : 2 - channel;
  const unsigned char* from = image.values<unsigned char>().data() + source;
  T* to = result.mutable_values<T>().data() + static_cast<std::size_t>(channel) * (is_nchw ? pixels : 1);
  const std::size_t stride = is_nchw ? 1 : 3;
  for (std::size_t i = 0; i < pixels; ++i) to[i * stride] = values[from[i * 3]];
}

}  // namespace

std::vector<std::string> preset_names() {
  return {"imagenet", "unit", "symmetric", "none"};
}

Preprocessing preset(std::string_view name) {
  if (name == "imagenet") {
    return {.crop_fraction = 0.875, .mean = {0.485, 0.456, 0.406}, .deviation = {0.229, 0.224, 0.225}};
  }
  if (name == "unit") return {};
  if (name == "symmetric") return {.scale = 1 / 127.5, .mean = {1, 1, 1}};
  if (name == "none") return {.scale = 1};
  refuse(fmt::format("unknown preprocessing '{}', expected one of: {}", name.substr(0, 60),
                     fmt::join(preset_names(), ", ")));
}

void check(const Preprocessing& wish) {
  for (const int side : {wish.width, wish.height}) {
    if (side < 1 || side > kMaxSide) refuse(fmt::format("image side {}, expected 1 to {}", side, kMaxSide));
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

Tensor resize(const Tensor& image, const Preprocessing& preprocessing) {
  check(preprocessing);
  check_image(image);
  const int width = static_cast<int>(image.shape()[1]);
  const int height = static_cast<int>(image.shape()[0]);
  const Spans spans = spans_for(width, height, preprocessing);
  std::vector<Mixture> rows = mixtures_for(spans.rows, height);
  const Tensor narrowed = resize_rows(image, spans.columns, rows_used(rows));
  return resize_columns(narrowed, std::move(rows));
}

Tensor normalise(const Tensor& image, const Preprocessing& preprocessing) {
  check(preprocessing);
  check_image(image);
  const bool is_nchw = preprocessing.layout == Layout::Nchw;
  const base::Shape& size = image.shape();
  const base::Shape shape = is_nchw ? base::Shape{1, 3, size[0], size[1]} : base::Shape{1, size[0], size[1], 3};
  const auto element = preprocessing.as_bytes ? base::ElementType::UInt8 : base::ElementType::Float32;
  Tensor result = Tensor::allocate({element, shape});
  for (int channel = 0; channel < 3; ++channel) {
    if (preprocessing.as_bytes) {
      lay_out<unsigned char>(image, channel, preprocessing, identity(), result);
    } else {
      lay_out<float>(image, channel, preprocessing, values_of(channel, preprocessing), result);
    }
  }
  return result;
}

Tensor preprocess(const Tensor& image, const Preprocessing& preprocessing) {
  return normalise(resize(image, preprocessing), preprocessing);
}

}  // namespace tandem::input
