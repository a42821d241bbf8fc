#include "input/encode_image.h"

#include <fmt/format.h>

#include "base/error.h"
#include "input/encoders.h"

namespace tandem::input {

Pixels pixels_of(const base::Tensor& image) {
  const base::Shape& shape = image.shape();
  const auto is_side = [](std::int64_t side) { return side >= 1 && side <= kMostJpegSide; };
  const bool is_image = image.element() == base::ElementType::UInt8 && shape.size() == 3 && is_side(shape[0]) &&
                        is_side(shape[1]) && (shape[2] == 1 || shape[2] == 3);
  if (!is_image) {
    throw base::Error(base::ErrorKind::Unsupported,
                      fmt::format("a picture of {} {}: expected uint8, height x width x 3 or 1, sides of 1 to {}",
                                  base::name_of(image.element()), base::to_string(shape), kMostJpegSide));
  }
  return {static_cast<unsigned>(shape[1]), static_cast<unsigned>(shape[0]), static_cast<unsigned>(shape[2]),
          image.values<unsigned char>().data()};
}

}  // namespace tandem::input
