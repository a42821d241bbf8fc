// Writes small ONNX models with the habits of exporters: their names, constants, opsets and idle nodes. For the blocks
// of the generated zoo.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "base/tensor.h"

namespace tandem::generated {

using Ints = std::vector<std::int64_t>;

struct Habits {
  enum class Names { Own, None, Slashes, Numbers, Colons };

  std::int64_t opset = 13;
  Names names = Names::Own;
  bool has_constant_nodes = false;  // instead of initializers
  bool lists_initializers = false;  // as inputs too, as before IR version 4
  bool adds_identities = false;
  bool adds_dropouts = false;
  bool has_value_info = false;
  bool has_symbolic_batch = false;
  bool has_symbolic_length = false;  // of a sequence
  bool has_dead_nodes = false;       // which no output needs
  bool has_unused_input = false;
  bool passes_input_on = false;  // the input is an output, too
  bool has_constant_output = false;
  std::int64_t batch = 1;
};

struct Value {
  std::string name;
  base::Shape shape;  // as it is run
  int element = onnx::TensorProto::FLOAT;
};

struct Setting {
  std::string name;
  std::variant<std::int64_t, float, std::string, Ints, onnx::GraphProto, onnx::TensorProto> value;
};

class Sketch {
 public:
  Sketch(const Habits& habits, unsigned seed);

  // Symbols: a name for each dimension that the file leaves open, else "".
  Value input(const std::string& name, const base::Shape& shape, int element, const std::vector<std::string>& symbols);
  Value weights(const base::Shape& shape, float scale = 0.5F);  // random, of both signs
  Value numbers(const base::Shape& shape, const std::vector<float>& values);
  Value number(float value) { return numbers({}, {value}); }
  Value integers(const Ints& values);
  Value integer(std::int64_t value);
  Value of_type(int element, const base::Shape& shape, const std::string& bytes);

  // A node of one output, of the shape and type of its first input unless told otherwise.
  Value op(const std::string& op_type, const std::vector<Value>& inputs, const std::vector<Setting>& settings = {});
  Value op(const std::string& op_type, const std::vector<Value>& inputs, const std::vector<Setting>& settings,
           const base::Shape& shape, int element = onnx::TensorProto::FLOAT);
  // A node of several outputs, of these shapes and of the type of its first input.
  std::vector<Value> outputs_of(const std::string& op_type, const std::vector<Value>& inputs,
                                const std::vector<Setting>& settings, const std::vector<base::Shape>& shapes);

  // As the opset has it: axes and the like were attributes in older versions, and are inputs in newer ones.
  Value with_list(const std::string& op_type, const Value& x, const std::string& name, const Ints& values,
                  std::int64_t first_opset_with_input, const base::Shape& shape);

  // What `fill` writes is a graph inside of this one, which may read all tensors so far. It returns the graph's
  // outputs.
  onnx::GraphProto graph_of(const std::vector<Value>& inputs, const std::function<std::vector<Value>()>& fill);
  Value fresh(const base::Shape& shape, int element, const std::string& op_type = "value");
  // A function of one input and one output; call it by op_type and domain "local".
  void function(const std::string& name, const std::vector<std::string>& op_types);
  Value call(const std::string& function, const Value& x);

  void output(const Value& value);
  onnx::ModelProto finish() { return model_; }

  const Habits habits;
  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  onnx::NodeProto& add_node(const std::string& op_type, const std::vector<Value>& inputs,
                            const std::vector<Setting>& settings);
  Value add_output(onnx::NodeProto& node, const base::Shape& shape, int element);
  Value constant(onnx::TensorProto tensor);
  Value idle(const Value& value);
  std::string name_of(const std::string& op_type, bool is_tensor);

  onnx::ModelProto model_;
  onnx::GraphProto* graph_;  // the one that is written now
  std::mt19937 random_;
  std::size_t count_ = 0;
};

}  // namespace tandem::generated
