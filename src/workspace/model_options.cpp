#include "workspace/model_options.h"

#include <utility>

#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "workspace/inputs.h"

namespace tandem::workspace {

std::unique_ptr<engine::Engine> make_engine(const ModelOptions& options) {
  return engine::onnx_runtime({options.threads, options.custom_operators});
}

model::Model load_model(const ModelOptions& options, engine::Engine& engine) {
  auto source = model::Source::read(options.path, model::parse_shapes(options.shapes));
  return engine::complete(with_given_defaults(std::move(source), options.inputs), engine);
}

}  // namespace tandem::workspace
