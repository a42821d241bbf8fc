#include "data/pixel_format.h"

#include <fmt/format.h>

#include "base/error.h"
#include "input/preprocess.h"

namespace tandem::data {

const char* name_of(PixelFormat format) {
  switch (format) {
    case PixelFormat::Symmetric:
      return "symmetric";
    case PixelFormat::Unit:
      return "unit";
    case PixelFormat::None:
      return "none";
    case PixelFormat::ImageNet:
      return "imagenet";
  }
  return "symmetric";
}

PixelFormat parse_pixel_format(std::string_view name) {
  for (const auto format : {PixelFormat::Symmetric, PixelFormat::Unit, PixelFormat::None, PixelFormat::ImageNet}) {
    if (name == name_of(format)) return format;
  }
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("unknown preprocessing '{}', expected one of: {}", name.substr(0, 60),
                                fmt::join(input::preset_names(), ", ")));
}

}  // namespace tandem::data
