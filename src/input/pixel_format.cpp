#include "input/pixel_format.h"

#include <fmt/format.h>

#include "base/error.h"

namespace tandem::input {

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

std::vector<std::string> pixel_format_names() {
  std::vector<std::string> names;
  for (const auto format : kPixelFormats) names.emplace_back(name_of(format));
  return names;
}

PixelFormat parse_pixel_format(std::string_view name) {
  for (const auto format : kPixelFormats) {
    if (name == name_of(format)) return format;
  }
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("unknown pixels '{}', expected one of: {}", name.substr(0, 60),
                                fmt::join(pixel_format_names(), ", ")));
}

}  // namespace tandem::input
