// The scalings of a picture's bytes that have a name, for flags and settings: preset() of preprocess.h has their
// numbers. Used by every folder that feeds pictures to a model. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tandem::input {

enum class PixelFormat {
  Symmetric,  // −1 … 1, as the zoo's networks expect
  Unit,       // 0 … 1
  None,       // 0 … 255
  ImageNet,   // by channel, as networks trained on ImageNet expect
};

inline constexpr auto kDefaultPixelFormat = PixelFormat::Symmetric;  // of a model that does not describe its pictures
inline constexpr PixelFormat kPixelFormats[] = {PixelFormat::Symmetric, PixelFormat::Unit, PixelFormat::None,
                                                PixelFormat::ImageNet};

const char* name_of(PixelFormat format);  // "symmetric", "unit", "none", "imagenet"
std::vector<std::string> pixel_format_names();

// The format of that name. Throws Error(InvalidInput), listing the names, on another one.
PixelFormat parse_pixel_format(std::string_view name);

}  // namespace tandem::input
