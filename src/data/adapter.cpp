#include "data/adapter.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <vector>

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
  if (from[0] != 1 && from[0] != 3) return "expected pictures of 1 or 3 channels";
  if (from[1] > to[1] || from[2] > to[2]) return "pictures larger than the model's are not shrunk";
  return nullptr;
}

std::size_t plane_of(const Shape& picture) {
  return static_cast<std::size_t>(picture[1] * picture[2]);
}

// The model's input as [channels, height, width]; as it is where it has another rank.
Shape planes_of(const Shape& shape, input::Layout layout) {
  const bool is_nhwc = layout == input::Layout::Nhwc && shape.size() == 3;
  return is_nhwc ? Shape{shape[2], shape[0], shape[1]} : shape;
}

// A picture of three planes as one, by the brightness of its colours.
std::vector<std::byte> grey(Bytes colours) {
  const std::size_t plane = colours.size() / 3;
  std::vector<std::byte> result(plane);
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(colours[i]); };
  for (std::size_t i = 0; i < plane; ++i)
    result[i] = std::byte{input::brightness(at(i), at(plane + i), at(2 * plane + i))};
  return result;
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
Tensor values_of_bytes(input::Preprocessing pictures) {
  pictures.channels = input::ChannelOrder::Rgb;
  pictures.layout = input::Layout::Nchw;
  pictures.as_bytes = false;
  Tensor ramp = Tensor::allocate({ElementType::UInt8, {1, kByteValues, 3}});
  auto bytes = ramp.mutable_values<unsigned char>();
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(i / 3);
  return input::normalise(ramp, pictures);
}

}  // namespace

Adapter::Adapter(const Shape& sample_shape, ElementType sample_element, const base::TensorType& model_input,
                 const input::Preprocessing& pictures)
    : from_(sample_shape),
      to_{model_input.element, without_first(model_input.shape)},
      picture_(planes_of(to_.shape, pictures.layout)),
      is_nchw_(pictures.layout == input::Layout::Nchw),
      is_bgr_(pictures.channels == input::ChannelOrder::Bgr) {
  takes_pictures_ = sample_element == ElementType::UInt8 && from_.size() == 3;
  const bool is_same = sample_element == to_.element && from_ == to_.shape;
  const char* reason = takes_pictures_ ? obstacle(from_, to_.element, picture_)
                       : is_same       ? nullptr
                                       : "expected the same";
  if (reason != nullptr) {
    throw base::Error(
        base::ErrorKind::InvalidInput,
        fmt::format("samples of {} {} do not fit a model that takes {} {}: {}", base::name_of(sample_element),
                    base::to_string(from_), base::name_of(to_.element), base::to_string(to_.shape), reason));
  }
  if (takes_pictures_) values_ = values_of_bytes(pictures);
}

Tensor Adapter::batch(const Part& part, std::span<const std::size_t> indices) const {
  if (takes_pictures_) return finish(pictures(part, indices));
  assert(part.sample_shape() == from_);
  return rows(part.samples, indices);
}

Tensor Adapter::pictures(const Part& part, std::span<const std::size_t> indices) const {
  assert(takes_pictures_ && part.sample_shape() == from_);
  if (from_ == picture_) return rows(part.samples, indices);
  Tensor result = Tensor::allocate({ElementType::UInt8, with_first(indices.size(), picture_)});
  std::ranges::fill(result.mutable_bytes(), std::byte{0});
  const bool becomes_grey = from_[0] == 3 && picture_[0] == 1;
  const std::size_t from_plane = plane_of(from_);
  const std::size_t sample_bytes = from_plane * static_cast<std::size_t>(from_[0]);
  auto left = result.mutable_bytes();
  for (const std::size_t index : indices) {
    const Bytes sample = part.samples.bytes().subspan(index * sample_bytes, sample_bytes);
    const std::vector<std::byte> one_plane = becomes_grey ? grey(sample) : std::vector<std::byte>{};
    for (std::int64_t channel = 0; channel < picture_[0]; ++channel, left = left.subspan(plane_of(picture_))) {
      const std::size_t source = from_[0] == 1 ? 0 : static_cast<std::size_t>(channel);
      put_in_middle(becomes_grey ? Bytes(one_plane) : sample.subspan(source * from_plane, from_plane), from_, left,
                    picture_);
    }
  }
  return result;
}

// `value` gives a byte's number, by channel of the model.
template <class T, class Value>
void Adapter::lay_out(const Tensor& pictures, Tensor& result, const Value& value) const {
  const std::size_t plane = plane_of(picture_);
  const auto channels = static_cast<std::size_t>(picture_[0]);
  const std::size_t stride = is_nchw_ ? 1 : channels;
  const auto from = pictures.values<unsigned char>();
  T* const to = result.mutable_values<T>().data();
  for (std::size_t first = 0; first < from.size(); first += plane * channels) {
    for (std::size_t channel = 0; channel < channels; ++channel) {
      const std::size_t source = is_bgr_ ? channels - 1 - channel : channel;
      const unsigned char* bytes = from.data() + first + source * plane;
      T* const start = to + first + channel * (is_nchw_ ? plane : 1);
      for (std::size_t i = 0; i < plane; ++i) start[i * stride] = value(channel, bytes[i]);
    }
  }
}

Tensor Adapter::finish(const Tensor& pictures) const {
  assert(takes_pictures_ && without_first(pictures.shape()) == picture_ && pictures.element() == ElementType::UInt8);
  if (to_.element == ElementType::UInt8 && is_nchw_ && !is_bgr_) return pictures;
  Tensor result = Tensor::allocate({to_.element, with_first(static_cast<std::size_t>(pictures.shape()[0]), to_.shape)});
  if (to_.element == ElementType::UInt8) {
    lay_out<unsigned char>(pictures, result, [](std::size_t, unsigned char byte) { return byte; });
  } else {
    const auto values = values_.values<float>();
    lay_out<float>(pictures, result,
                   [values](std::size_t channel, unsigned char byte) { return values[channel * kByteValues + byte]; });
  }
  return result;
}

}  // namespace tandem::data
