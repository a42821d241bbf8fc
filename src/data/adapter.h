// From a sample of a data set to the tensor that a model takes. Pure, so thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/tensor.h"
#include "data/dataset.h"

namespace tandem::data {

// How bytes become numbers for a model that takes floats is a preset of input/preprocess.h ("symmetric" brings them to
// −1 … 1 as the zoo's networks expect, "unit" to 0 … 1, "none" leaves 0 … 255, "imagenet" differs by channel), so that
// a model is given the same numbers in training as later. Samples of float32, and models that take uint8, get what the
// file holds.
class Adapter {
 public:
  // `model_input` is [batch, channels, height, width] or as the samples are; its batch is ignored.
  // A grey picture is repeated for a model of three channels, and a smaller one stands in the middle of zeros (bytes).
  // Throws Error(InvalidInput) when samples of `sample_shape` cannot be brought to it, or on another name of `pixels`.
  Adapter(const base::Shape& sample_shape, base::ElementType sample_element, const base::TensorType& model_input,
          const std::string& pixels = "symmetric");

  // The samples at `indices`, in their order: [indices, …], of the model's element type. Of a part whose samples are as
  // the constructor was told.
  base::Tensor batch(const Part& part, std::span<const std::size_t> indices) const;

  // The same for pictures, still as bytes: [indices, channels, height, width], uint8. What augmentation works on.
  base::Tensor pictures(const Part& part, std::span<const std::size_t> indices) const;
  base::Tensor finish(const base::Tensor& pictures) const;  // bytes to what the model takes
  bool takes_pictures() const { return takes_pictures_; }   // samples are uint8 [channels, height, width]: both work

 private:
  base::Shape from_;  // of a sample
  base::TensorType to_;
  bool takes_pictures_ = false;
  base::Tensor values_;  // [3, 256], float32: what becomes of each byte, by channel
};

}  // namespace tandem::data
