#include "data/adapter.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "data/formats.h"
#include "input/preprocess.h"

namespace tandem::data {
namespace {

using base::ElementType;
using base::Shape;
using base::Tensor;

constexpr std::size_t kByteValues = 256;

Shape without_first(const Shape& shape) {
  return {shape.begin() + std::min<std::ptrdiff_t>(1, std::ssize(shape)), shape.end()};
}

Shape with_first(std::size_t count, const Shape& rest) {
  Shape shape{static_cast<std::int64_t>(count)};
  shape.insert(shape.end(), rest.begin(), rest.end());
  return shape;
}

// Why pictures cannot be brought to the model's input; null: they can. Both shapes without the count.
const char* obstacle(const Shape& from, ElementType element, const Shape& to) {
  if (element != ElementType::Float32 && element != ElementType::UInt8) return "expected float32 or uint8";
  if (to.size() != 3) return "expected a batch of [channels, height, width]";
  if (to[0] != 1 && to[0] != 3) return "expected 1 or 3 channels";
  if (from[0] != 1 && from[0] != to[0]) return "only grey pictures are brought to another number of channels";
  if (from[1] > to[1] || from[2] > to[2]) return "pictures larger than the model's are not shrunk";
  return nullptr;
}

std::size_t plane_of(const Shape& picture) {
  return static_cast<std::size_t>(picture[1] * picture[2]);
}

// Copies one channel of a picture [channels, height, width] into the middle of a channel of at least its size.
void put_in_middle(Bytes from, const Shape& from_shape, std::span<std::byte> to, const Shape& to_shape) {
  const std::int64_t top = (to_shape[1] - from_shape[1]) / 2;
  const std::int64_t left = (to_shape[2] - from_shape[2]) / 2;
  const auto width = static_cast<std::size_t>(from_shape[2]);
  for (std::int64_t y = 0; y < from_shape[1]; ++y) {
    const std::byte* row = from.data() + y * from_shape[2];
    std::memcpy(to.data() + (top + y) * to_shape[2] + left, row, width);
  }
}

// A picture that has every byte once, after preprocessing: [1, 3, 1, 256].
Tensor values_of_bytes(const input::Preprocessing& preset) {
  Tensor ramp = Tensor::allocate({ElementType::UInt8, {1, kByteValues, 3}});
  auto bytes = ramp.mutable_values<unsigned char>();
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i / 3);
  return input::normalise(ramp, preset);
}

}  // namespace

Adapter::Adapter(const Shape& sample_shape, ElementType sample_element, const base::TensorType& model_input,
                 PixelFormat pixels)
    : from_(sample_shape), to_{model_input.element, without_first(model_input.shape)} {
  const input::Preprocessing preset = input::preset(name_of(pixels));
  takes_pictures_ = sample_element == ElementType::UInt8 && from_.size() == 3;
  const bool is_same = sample_element == to_.element && from_ == to_.shape;
  const char* reason = takes_pictures_ ? obstacle(from_, to_.element, to_.shape)
                       : is_same       ? nullptr
                                       : "expected the same";
  if (reason != nullptr) {
    throw base::Error(
        base::ErrorKind::InvalidInput,
        fmt::format("samples of {} {} do not fit a model that takes {} {}: {}", base::name_of(sample_element),
                    base::to_string(from_), base::name_of(to_.element), base::to_string(to_.shape), reason));
  }
  if (!takes_pictures_) return;
  if (to_.shape[0] == 1 && preset.mean[0] != preset.mean[1]) {
    throw base::Error(
        base::ErrorKind::InvalidInput,
        fmt::format("pixels '{}' differ by colour, the model takes 1 channel, expected 3", name_of(pixels)));
  }
  values_ = values_of_bytes(preset);
}

Tensor Adapter::batch(const Part& part, std::span<const std::size_t> indices) const {
  if (takes_pictures_) return finish(pictures(part, indices));
  assert(part.sample_shape() == from_);
  return rows(part.samples, indices);
}

Tensor Adapter::pictures(const Part& part, std::span<const std::size_t> indices) const {
  assert(takes_pictures_ && part.sample_shape() == from_);
  if (from_ == to_.shape) return rows(part.samples, indices);
  Tensor result = Tensor::allocate({ElementType::UInt8, with_first(indices.size(), to_.shape)});
  std::ranges::fill(result.mutable_bytes(), std::byte{0});
  const auto from_channels = static_cast<std::size_t>(from_[0]);
  const std::size_t from_bytes = plane_of(from_);
  const std::size_t to_bytes = plane_of(to_.shape);
  auto left = result.mutable_bytes();
  for (const std::size_t index : indices) {
    for (std::int64_t channel = 0; channel < to_.shape[0]; ++channel, left = left.subspan(to_bytes)) {
      const std::size_t source = index * from_channels + (from_channels == 1 ? 0 : static_cast<std::size_t>(channel));
      put_in_middle(part.samples.bytes().subspan(source * from_bytes, from_bytes), from_, left, to_.shape);
    }
  }
  return result;
}

Tensor Adapter::finish(const Tensor& pictures) const {
  assert(takes_pictures_ && without_first(pictures.shape()) == to_.shape && pictures.element() == ElementType::UInt8);
  if (to_.element == ElementType::UInt8) return pictures;
  Tensor result = Tensor::allocate({ElementType::Float32, pictures.shape()});
  const std::size_t plane = plane_of(to_.shape);
  const auto from = pictures.values<unsigned char>();
  const auto to = result.mutable_values<float>();
  for (std::size_t first = 0, channel = 0; first < from.size(); first += plane, ++channel) {
    const auto values = values_.values<float>().subspan(channel % static_cast<std::size_t>(to_.shape[0]) * kByteValues);
    std::ranges::transform(from.subspan(first, plane), to.begin() + static_cast<std::ptrdiff_t>(first),
                           [&](unsigned char byte) { return values[byte]; });
  }
  return result;
}

}  // namespace tandem::data
