// The resampling and cropping of pictures: resize() of preprocess.h.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "input/preprocess.h"

namespace tandem::input {
namespace {

using base::Tensor;

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

bool has_size(const Tensor& image, const Preprocessing& wish) {
  return image.shape()[0] == wish.height && image.shape()[1] == wish.width;
}

}  // namespace

Tensor resize(const Tensor& image, const Preprocessing& preprocessing) {
  check(preprocessing);
  check_image(image);
  if (has_size(image, preprocessing)) return image;
  const int width = static_cast<int>(image.shape()[1]);
  const int height = static_cast<int>(image.shape()[0]);
  const Spans spans = spans_for(width, height, preprocessing);
  std::vector<Mixture> rows = mixtures_for(spans.rows, height);
  const Tensor narrowed = resize_rows(image, spans.columns, rows_used(rows));
  return resize_columns(narrowed, std::move(rows));
}

}  // namespace tandem::input
