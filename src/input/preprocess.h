// Preprocesses a picture for a vision model: resize, crop, normalise, layout. Pure, so thread-safe.
#pragma once

#include <array>
#include <string>

#include "base/tensor.h"
#include "input/pixel_format.h"

namespace tandem::input {

enum class Resize {
  Stretch,  // each side to its target, independently
  Crop,     // keep proportions until both sides cover the target, then crop the centre
};
enum class ChannelOrder { Rgb, Bgr, Grey };
enum class Layout { Nchw, Nhwc };

inline constexpr int kLongestSide = 8192;  // of a preprocessed picture

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
  int frame_width = 0;    // of the tensor: a smaller picture stands in the middle of black; 0: no frame
  int frame_height = 0;
  bool operator==(const Preprocessing&) const = default;
};

// ImageNet: 0 … 1, then mean .485 .456 .406 and deviation .229 .224 .225, crop fraction 0.875.
Preprocessing preset(PixelFormat format);
// Of scale, mean and deviation: a PixelFormat's name where one has them, else the numbers.
std::string name_of_values(const Preprocessing& pictures);

int channel_count(ChannelOrder order);
// The grey of a colour: Pillow's convert("L").
unsigned char brightness(unsigned char red, unsigned char green, unsigned char blue);

// Throws Error(InvalidInput) unless sides are in [1, kLongestSide], crop_fraction in [0.01, 1], and all numbers finite
// with deviations other than 0.
void check(const Preprocessing& preprocessing);
// Throws Error(InvalidInput) unless it is [height, width, 3], uint8.
void check_image(const base::Tensor& image);

// Resized and cropped: [height, width, 3], uint8, RGB, from such an image (image.h). Bilinear, over the covered area
// when it shrinks: bit for bit Pillow's resize(BILINEAR), as torchvision uses it. An image of that size already stays
// as it is.
base::Tensor resize(const base::Tensor& image, const Preprocessing& preprocessing);

// float32 (uint8 with as_bytes), [1, channels, height, width] or [1, height, width, channels], from an image of the
// target size.
base::Tensor normalise(const base::Tensor& image, const Preprocessing& preprocessing);

// Resized, framed, normalised.
base::Tensor preprocess(const base::Tensor& image, const Preprocessing& preprocessing);

}  // namespace tandem::input
