// A model of two layers with metadata, for tests of workspace/.
#pragma once

#include <utility>

#include "model/builder.h"
#include "model/model.h"

namespace tandem::workspace {

// float32 [1, 3, 4, 4], ReLU "a", ReLU "y". Pictures of 2x2 from 0 to 255; classes cat, dog.
inline model::Model described_model() {
  const base::TensorType type{base::ElementType::Float32, {1, 3, 4, 4}};
  model::GraphBuilder builder("described");
  builder.input("x", type);
  builder.node("Relu", {"x"}, {}, "a");
  builder.output(builder.node("Relu", {"a"}, {}, "y"), type);
  builder.metadata(model::kInputKey,
                   R"({"height": 2, "width": 2, "scale": 1, "mean": [0, 0, 0], "deviation": [1, 1, 1]})");
  builder.metadata(model::kLabelsKey, R"(["cat", "dog"])");
  return {model::Source::from_part(builder.finish(), "m.onnx"), {{"a", type}, {"y", type}}};
}

}  // namespace tandem::workspace
