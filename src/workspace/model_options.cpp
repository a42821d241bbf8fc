#include "workspace/model_options.h"

#include <fmt/format.h>

#include "base/error.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"

namespace tandem::workspace {
namespace {

model::ShapeByInput parse_shapes(const std::vector<std::string>& texts) {
  model::ShapeByInput shapes;
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

}  // namespace

std::unique_ptr<engine::Engine> make_engine(const ModelOptions& options) {
  return engine::onnx_runtime({options.threads});
}

model::Model load_model(const ModelOptions& options, engine::Engine& engine) {
  return engine::load_model(options.path, engine, parse_shapes(options.shapes));
}

}  // namespace tandem::workspace
