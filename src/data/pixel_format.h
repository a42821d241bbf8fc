// The conversion of a picture's bytes to the numbers that a model takes: the presets of input/preprocess.h, as a type.
// Used by data::Adapter and by code that sets one up. Pure.
#pragma once

#include <string_view>

namespace tandem::data {

enum class PixelFormat {
  Symmetric,  // −1 … 1, as the zoo's networks expect
  Unit,       // 0 … 1
  None,       // 0 … 255
  ImageNet,   // by channel, as networks trained on ImageNet expect
};

const char* name_of(PixelFormat format);  // "symmetric", "unit", "none", "imagenet"

// The format of that name. Throws Error(InvalidInput), listing the names, on another one.
PixelFormat parse_pixel_format(std::string_view name);

}  // namespace tandem::data
