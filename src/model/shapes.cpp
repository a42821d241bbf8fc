// Shapes of inputs as a user writes them.
#include <fmt/format.h>

#include "base/error.h"
#include "model/model.h"

namespace tandem::model {

ShapeByInput parse_shapes(const std::vector<std::string>& texts) {
  ShapeByInput shapes;
  for (const auto& text : texts) {
    const auto equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      throw base::Error(base::ErrorKind::InvalidInput,
                        fmt::format("--shape {}: expected NAME=SHAPE, such as input=1x3x224x224", text));
    }
    shapes[text.substr(0, equals)] = base::parse_shape(text.substr(equals + 1));
  }
  return shapes;
}

}  // namespace tandem::model
