#include "workspace/model_options.h"

#include <utility>

#include "base/error.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "workspace/inputs.h"

namespace tandem::workspace {

std::unique_ptr<engine::Engine> make_engine(const ModelOptions& options) {
  return engine::onnx_runtime({options.threads, options.custom_operators});
}

namespace {

// Engines do not know where a graph comes from.
model::Model completed(const model::Source& source, engine::Engine& engine) try {
  return engine::complete(source, engine);
} catch (const base::Error& error) {
  if (error.message().starts_with(source.name())) throw;
  throw error.at(source.name());
}

}  // namespace

model::Model load_model(const ModelOptions& options, engine::Engine& engine) {
  auto source = model::Source::read(options.path, model::parse_shapes(options.shapes));
  return completed(with_given_defaults(std::move(source), options.inputs), engine);
}

}  // namespace tandem::workspace
