// The structure of a model, free of ONNX: layers in one fixed topological order, and the tensors between them. Made by
// model::Model; read by planners and profilers. Immutable.
//
// Values that depend on constants only (weights, Constant nodes and anything computed from them) are neither layers nor
// tensors here: every stage that needs one has its own copy, and none is sent.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/tensor.h"

namespace tandem::model {

using TensorId = std::size_t;
inline constexpr std::size_t kNoLayer = static_cast<std::size_t>(-1);

struct TensorInfo {
  std::string name;
  base::TensorType type;               // as far as it is known before a run
  std::size_t size_bytes = 0;          // 0 when it cannot be sent
  std::size_t producer = kNoLayer;     // the layer that makes it; kNoLayer for a model input
  std::vector<std::size_t> consumers;  // layers, ascending
  bool is_answer = false;              // a model output

  // Its size is known before a run: no strings, sequences, or shapes that depend on values.
  bool can_be_sent() const { return base::is_fixed(type); }
};

// The window that a convolution or a pooling slides over its input; all 0 for other layers and where it is unknown.
struct Window {
  std::int64_t height = 0;  // 1 where there is only one dimension; the product of all but the last where there are more
  std::int64_t width = 0;
  std::int64_t stride = 0;  // along the width
  std::int64_t groups = 0;  // 0 for poolings
  bool operator==(const Window&) const = default;
};

struct Layer {
  std::string name;                       // unique
  std::string op_type;                    // "Conv", …
  std::vector<TensorId> inputs;           // without constants; captures of subgraphs included
  std::vector<TensorId> outputs;          // those that another layer or the user reads
  std::int64_t multiply_accumulates = 0;  // 0 for operators that are not sums of products
  std::int64_t parameters = 0;            // floating-point and 8-bit weight elements first read here
  std::int64_t output_bytes = 0;
  Window window;
};

// Layers [first, last) of a Graph.
struct LayerRange {
  std::size_t first = 0;
  std::size_t last = 0;
  auto operator<=>(const LayerRange&) const = default;
};

struct Graph {
  std::vector<Layer> layers;  // topological; heads of early exits come right after the layer that they branch from
  std::vector<TensorInfo> tensors;
  std::vector<TensorId> inputs;   // of the model, in its order
  std::vector<TensorId> answers;  // the model's outputs, in its order, that depend on its inputs
  // Names of the outputs that parts make and targets answer, in the model's order. An output that depends on constants
  // only is among them: the part with the last layer makes it. Not among them: outputs that are inputs, too, and those
  // without a wire format (strings, sequences).
  std::vector<std::string> outputs;
  std::int64_t parameters = 0;  // of the whole model
};

}  // namespace tandem::model
