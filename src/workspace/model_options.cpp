#include "workspace/model_options.h"

#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"

namespace tandem::workspace {

std::unique_ptr<engine::Engine> make_engine(const ModelOptions& options) {
  return engine::onnx_runtime({options.threads});
}

model::Model load_model(const ModelOptions& options, engine::Engine& engine) {
  return engine::load_model(options.path, engine, model::parse_shapes(options.shapes));
}

}  // namespace tandem::workspace
