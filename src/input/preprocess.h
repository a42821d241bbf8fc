// Preprocesses a picture for a vision model: resize, crop, normalise, layout. Pure, so thread-safe.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/tensor.h"

namespace tandem::input {

enum class Resize {
  Stretch,  // each side to its target, independently
  Crop,     // keep proportions until both sides cover the target, then crop the centre
};
enum class ChannelOrder { Rgb, Bgr };
enum class Layout { Nchw, Nhwc };

struct Preprocessing {
  int width = 224;
  int height = 224;
  Resize resize = Resize::Crop;
  double crop_fraction =
      1;  // share of the shorter side that a crop keeps; 0.875 is 224 of 256, as ImageNet models are tested
  ChannelOrder channels = ChannelOrder::Rgb;
  Layout layout = Layout::Nchw;
  // value = (sample × scale − mean[c]) ÷ deviation[c], where c counts channels in their order in the tensor.
  double scale = 1.0 / 255;
  std::array<double, 3> mean{0, 0, 0};
  std::array<double, 3> deviation{1, 1, 1};
  bool as_bytes = false;  // unchanged samples, uint8: for models that normalise by themselves
};

// "imagenet": 0 … 1, then mean .485 .456 .406 and deviation .229 .224 .225, crop fraction 0.875; "unit": 0 … 1;
// "symmetric": −1 … 1; "none": 0 … 255. Throws Error(InvalidInput) on another name.
Preprocessing preset(std::string_view name);
std::vector<std::string> preset_names();

// Throws Error(InvalidInput) unless sides are in [1, 8192], crop_fraction in [0.01, 1], and all numbers finite with
// deviations other than 0.
void check(const Preprocessing& preprocessing);

// Resized and cropped: [height, width, 3], uint8, RGB, from such an image (image.h). Bilinear, over the covered area
// when it shrinks: bit for bit Pillow's resize(BILINEAR), as torchvision uses it.
base::Tensor resize(const base::Tensor& image, const Preprocessing& preprocessing);

// float32 (uint8 with as_bytes), [1, 3, height, width] or [1, height, width, 3], from an image of the target size.
base::Tensor normalise(const base::Tensor& image, const Preprocessing& preprocessing);

// Both, one after the other.
base::Tensor preprocess(const base::Tensor& image, const Preprocessing& preprocessing);

}  // namespace tandem::input
