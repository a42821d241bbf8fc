// Converts samples of a data set to the tensor that a model takes. Used wherever a model runs on a data set. Pure, so
// thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/tensor.h"
#include "data/dataset.h"
#include "data/pixel_format.h"

namespace tandem::data {

// Pictures in bytes become float32 as their PixelFormat says, so that training and inference see the same numbers.
// Samples of float32, and models that take uint8, get the values of the file.
class Adapter {
 public:
  // `model_input` is [batch, channels, height, width] or as the samples are; its batch is ignored.
  // A grey picture is repeated for a model of three channels, and a smaller one stands in the middle of zeros (bytes).
  // Throws Error(InvalidInput) when samples of `sample_shape` cannot be brought to it.
  Adapter(const base::Shape& sample_shape, base::ElementType sample_element, const base::TensorType& model_input,
          PixelFormat pixels = PixelFormat::Symmetric);

  // The samples at `indices`, in their order: [indices, …], of the model's element type. The samples of `part` have the
  // shape and type that the constructor was given.
  base::Tensor batch(const Part& part, std::span<const std::size_t> indices) const;

  // batch() in two steps, with room for augmentation between them: the pictures as bytes, [indices, channels, height,
  // width], uint8; and bytes to the model's numbers. Only where takes_pictures(): samples are uint8 [channels, height,
  // width].
  base::Tensor pictures(const Part& part, std::span<const std::size_t> indices) const;
  base::Tensor finish(const base::Tensor& pictures) const;
  bool takes_pictures() const { return takes_pictures_; }

 private:
  base::Shape from_;  // of a sample
  base::TensorType to_;
  bool takes_pictures_ = false;
  base::Tensor values_;  // [3, 256], float32: the number for each byte, by channel
};

}  // namespace tandem::data
