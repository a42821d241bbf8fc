// Converts samples of a data set to the tensor that a model takes. Used wherever a model runs on a data set. Pure, so
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/tensor.h"
#include "data/dataset.h"
#include "input/preprocess.h"

namespace tandem::data {

// Pictures in bytes become what the model takes, by the same Preprocessing as single pictures (input/preprocess.h), so
// that training and inference see the same numbers. Samples of float32, and models that take uint8, get the values of
// the file.
class Adapter {
 public:
  // `model_input` is a batch of pictures in the layout of `pictures`, or as the samples are; its batch is ignored. A
  // grey picture is repeated for a model of three channels, one in colours becomes grey for a model of one, and a
  // smaller one stands in the middle of zeros (bytes). The size in `pictures` is that of the samples' files, and
  // ignored. Throws Error(InvalidInput) when samples of `sample_shape` cannot be brought to it.
  Adapter(const base::Shape& sample_shape, base::ElementType sample_element, const base::TensorType& model_input,
          const input::Preprocessing& pictures = input::preset(input::kDefaultPixelFormat));

  // The samples at `indices`, in their order: [indices, …], of the model's element type. The samples of `part` have the
  // shape and type that the constructor was given.
  base::Tensor batch(const Part& part, std::span<const std::size_t> indices) const;

  // batch() in two steps, with room for augmentation between them: the pictures as bytes, [indices, channels, height,
  // width], uint8, whatever the model's layout; and bytes to the model's tensor. Only where takes_pictures(): samples
  // are uint8 [channels, height, width].
  base::Tensor pictures(const Part& part, std::span<const std::size_t> indices) const;
  base::Tensor finish(const base::Tensor& pictures) const;
  bool takes_pictures() const { return takes_pictures_; }

 private:
  template <class T, class Value>
  void lay_out(const base::Tensor& pictures, base::Tensor& result, const Value& value) const;

  base::Shape from_;     // of a sample
  base::TensorType to_;  // of the model's input, without its batch
  base::Shape picture_;  // [channels, height, width] of the model's input
  bool is_nchw_ = true;
  bool is_bgr_ = false;
  bool takes_pictures_ = false;
  base::Tensor values_;  // [3, 256], float32: the number for each byte, by channel
};

}  // namespace tandem::data
