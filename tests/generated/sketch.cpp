#include "generated/sketch.h"

#include <fmt/format.h>

#include <utility>

namespace tandem::generated {
namespace {

constexpr int kFirstVersionWithoutListedInitializers = 4;

void set_type(onnx::ValueInfoProto& info, const Value& value, const std::vector<std::string>& symbols = {}) {
  info.set_name(value.name);
  auto& type = *info.mutable_type()->mutable_tensor_type();
  type.set_elem_type(value.element);
  type.mutable_shape();
  for (std::size_t i = 0; i < value.shape.size(); ++i) {
    auto& dimension = *type.mutable_shape()->add_dim();
    const bool is_open = i < symbols.size() && !symbols[i].empty();
    is_open ? dimension.set_dim_param(symbols[i]) : dimension.set_dim_value(value.shape[i]);
  }
}

// One overload for each alternative of Setting::value.
struct Writer {
  onnx::AttributeProto& proto;

  void operator()(std::int64_t value) const {
    proto.set_type(onnx::AttributeProto::INT);
    proto.set_i(value);
  }
  void operator()(float value) const {
    proto.set_type(onnx::AttributeProto::FLOAT);
    proto.set_f(value);
  }
  void operator()(const std::string& value) const {
    proto.set_type(onnx::AttributeProto::STRING);
    proto.set_s(value);
  }
  void operator()(const Ints& values) const {
    proto.set_type(onnx::AttributeProto::INTS);
    for (const std::int64_t value : values) proto.add_ints(value);
  }
  void operator()(const onnx::GraphProto& graph) const {
    proto.set_type(onnx::AttributeProto::GRAPH);
    *proto.mutable_g() = graph;
  }
  void operator()(const onnx::TensorProto& tensor) const {
    proto.set_type(onnx::AttributeProto::TENSOR);
    *proto.mutable_t() = tensor;
  }
};

template <class Element>
onnx::TensorProto tensor_of(int element, const base::Shape& shape, const std::vector<Element>& values) {
  onnx::TensorProto tensor;
  tensor.set_data_type(element);
  for (const std::int64_t dimension : shape) tensor.add_dims(dimension);
  tensor.set_raw_data(values.data(), values.size() * sizeof(Element));
  return tensor;
}

}  // namespace

Sketch::Sketch(const Habits& own, unsigned seed) : habits(own), graph_(model_.mutable_graph()), random_(seed) {
  model_.set_ir_version(habits.lists_initializers ? 3 : 8);
  model_.add_opset_import()->set_version(habits.opset);
  graph_->set_name("generated");
}

std::string Sketch::name_of(const std::string& op_type, bool is_tensor) {
  const std::size_t id = count_++;
  switch (habits.names) {
    case Habits::Names::None:
      return is_tensor ? fmt::format("t{}", id) : "";
    case Habits::Names::Slashes:
      return fmt::format("/layer{}/{}{}", id % 3, op_type, is_tensor ? fmt::format("_{}_output_0", id) : "");
    case Habits::Names::Numbers:
      return is_tensor ? std::to_string(id) : fmt::format("{}_{}", op_type, id);
    case Habits::Names::Colons:
      return fmt::format("model/{}_{}{}", op_type, id, is_tensor ? ":0" : "");
    default:
      return fmt::format("{}_{}", op_type, id);
  }
}

Value Sketch::fresh(const base::Shape& shape, int element, const std::string& op_type) {
  return {name_of(op_type, true), shape, element};
}

Value Sketch::input(const std::string& name, const base::Shape& shape, int element,
                    const std::vector<std::string>& symbols) {
  const Value value{name, shape, element};
  set_type(*graph_->add_input(), value, symbols);
  return value;
}

Value Sketch::constant(onnx::TensorProto tensor) {
  const base::Shape shape(tensor.dims().begin(), tensor.dims().end());
  const Value value = fresh(shape, tensor.data_type(), "constant");
  if (habits.has_constant_nodes) {
    auto& node = add_node("Constant", {}, {{"value", std::move(tensor)}});
    node.add_output(value.name);
    return value;
  }
  tensor.set_name(value.name);
  *graph_->add_initializer() = std::move(tensor);
  const bool is_outer = graph_ == model_.mutable_graph();
  if (is_outer && model_.ir_version() < kFirstVersionWithoutListedInitializers) set_type(*graph_->add_input(), value);
  return value;
}

Value Sketch::weights(const base::Shape& shape, float scale) {
  std::vector<float> values(base::element_count(shape));
  for (float& value : values) value = (static_cast<float>(random_() >> 8) * 0x1p-23F - 1) * scale;
  return numbers(shape, values);
}

Value Sketch::numbers(const base::Shape& shape, const std::vector<float>& values) {
  return constant(tensor_of(onnx::TensorProto::FLOAT, shape, values));
}

Value Sketch::integers(const Ints& values) {
  return constant(tensor_of(onnx::TensorProto::INT64, {static_cast<std::int64_t>(values.size())}, values));
}

Value Sketch::integer(std::int64_t value) {
  return constant(tensor_of(onnx::TensorProto::INT64, {}, Ints{value}));
}

Value Sketch::of_type(int element, const base::Shape& shape, const std::string& bytes) {
  return constant(tensor_of(element, shape, std::vector<char>(bytes.begin(), bytes.end())));
}

onnx::NodeProto& Sketch::add_node(const std::string& op_type, const std::vector<Value>& inputs,
                                  const std::vector<Setting>& settings) {
  auto& node = *graph_->add_node();
  node.set_op_type(op_type);
  node.set_name(name_of(op_type, false));
  for (const auto& input : inputs) node.add_input(input.name);
  for (const auto& setting : settings) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(setting.name);
    std::visit(Writer{attribute}, setting.value);
  }
  return node;
}

Value Sketch::add_output(onnx::NodeProto& node, const base::Shape& shape, int element) {
  Value value = fresh(shape, element, node.op_type());
  node.add_output(value.name);
  if (habits.has_value_info && !habits.has_symbolic_batch && !habits.has_symbolic_length)
    set_type(*graph_->add_value_info(), value);
  return value;
}

// What exporters leave behind: nodes that do nothing in inference.
Value Sketch::idle(const Value& value) {
  if (value.element != onnx::TensorProto::FLOAT) return value;
  if (habits.adds_identities && below(4) == 0)
    return add_output(add_node("Identity", {value}, {}), value.shape, value.element);
  if (habits.adds_dropouts && below(4) == 0)
    return add_output(add_node("Dropout", {value}, {}), value.shape, value.element);
  return value;
}

Value Sketch::op(const std::string& op_type, const std::vector<Value>& inputs, const std::vector<Setting>& settings) {
  return op(op_type, inputs, settings, inputs.at(0).shape, inputs.at(0).element);
}

Value Sketch::op(const std::string& op_type, const std::vector<Value>& inputs, const std::vector<Setting>& settings,
                 const base::Shape& shape, int element) {
  return idle(add_output(add_node(op_type, inputs, settings), shape, element));
}

std::vector<Value> Sketch::outputs_of(const std::string& op_type, const std::vector<Value>& inputs,
                                      const std::vector<Setting>& settings, const std::vector<base::Shape>& shapes) {
  auto& node = add_node(op_type, inputs, settings);
  std::vector<Value> values;
  for (const auto& shape : shapes) values.push_back(add_output(node, shape, inputs.at(0).element));
  return values;
}

Value Sketch::with_list(const std::string& op_type, const Value& x, const std::string& name, const Ints& values,
                        std::int64_t first_opset_with_input, const base::Shape& shape) {
  if (habits.opset < first_opset_with_input) return op(op_type, {x}, {{name, values}}, shape, x.element);
  const Value list = integers(values);
  return op(op_type, {x, list}, {}, shape, x.element);
}

onnx::GraphProto Sketch::graph_of(const std::vector<Value>& inputs, const std::function<std::vector<Value>()>& fill) {
  onnx::GraphProto inner;
  inner.set_name(fmt::format("inner_{}", count_++));
  for (const auto& input : inputs) set_type(*inner.add_input(), input);
  onnx::GraphProto* const outer = std::exchange(graph_, &inner);
  const auto outputs = fill();
  for (const auto& value : outputs) set_type(*inner.add_output(), value);
  graph_ = outer;
  return inner;
}

void Sketch::function(const std::string& name, const std::vector<std::string>& op_types) {
  if (model_.functions_size() == 0) {
    model_.add_opset_import()->set_domain("local");
    model_.mutable_opset_import(1)->set_version(1);
  }
  auto& function = *model_.add_functions();
  function.set_name(name);
  function.set_domain("local");
  function.add_opset_import()->set_version(habits.opset);
  function.add_input("v0");
  for (std::size_t i = 0; i < op_types.size(); ++i) {
    auto& node = *function.add_node();
    node.set_op_type(op_types[i]);
    node.add_input(fmt::format("v{}", i));
    node.add_output(fmt::format("v{}", i + 1));
  }
  function.add_output(fmt::format("v{}", op_types.size()));
}

Value Sketch::call(const std::string& function, const Value& x) {
  auto& node = add_node(function, {x}, {});
  node.set_domain("local");
  return add_output(node, x.shape, x.element);
}

void Sketch::output(const Value& value) {
  const Value named{value.name, value.shape, value.element};
  std::vector<std::string> symbols(value.shape.size());
  const bool is_open = habits.has_symbolic_batch || habits.has_symbolic_length;
  for (std::size_t i = 0; is_open && i < symbols.size(); ++i) symbols[i] = fmt::format("{}_dim_{}", value.name, i);
  set_type(*graph_->add_output(), named, symbols);
}

}  // namespace tandem::generated
