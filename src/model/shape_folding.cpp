#include "model/shape_folding.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "model/onnx_contents.h"
#include "model/onnx_tensors.h"
#include "model/part_maker.h"
#include "model/random_operators.h"
#include "model/shape_inputs.h"

namespace tandem::model {
namespace {

using base::ElementType;

constexpr std::size_t kLargestConstantBytes = std::size_t{1} << 20;  // larger ones are computed by each part

bool is_shape_or_size(const onnx::NodeProto& node) {
  const bool is_whole = node.input_size() == 1 && node.output_size() == 1 && !node.output(0).empty();
  return is_whole && reads_shape_only(node) && node.op_type() != "SequenceLength";
}

// `position` as in Python's slices: negative from the end, and no further than either end.
std::int64_t clamped(std::int64_t position, std::int64_t count) {
  return std::clamp<std::int64_t>(position < 0 ? position + count : position, 0, count);
}

base::Tensor shape_value(const onnx::NodeProto& node, const base::Shape& shape) {
  const auto count = static_cast<std::int64_t>(shape.size());
  std::int64_t start = 0;
  std::int64_t end = count;
  for (const auto& attribute : node.attribute()) {
    if (attribute.name() == "start") start = clamped(attribute.i(), count);
    if (attribute.name() == "end") end = clamped(attribute.i(), count);
  }
  const std::vector<std::int64_t> wanted(shape.begin() + start, shape.begin() + std::max(start, end));
  return base::Tensor::of<std::int64_t>({ElementType::Int64, {static_cast<std::int64_t>(wanted.size())}}, wanted);
}

// Of a Shape or Size node.
base::Tensor value_for(const onnx::NodeProto& node, const base::Shape& shape) {
  if (node.op_type() == "Shape") return shape_value(node, shape);
  const auto count = static_cast<std::int64_t>(base::element_count(shape));
  return base::Tensor::of<std::int64_t>({ElementType::Int64, {}}, std::vector{count});
}

void make_constant_node(onnx::NodeProto& node, const base::NamedTensor& value) {
  const std::string name = node.name();
  node.Clear();
  node.set_name(name);
  node.set_op_type("Constant");
  node.add_output(value.name);
  auto& attribute = *node.add_attribute();
  attribute.set_name("value");
  attribute.set_type(onnx::AttributeProto::TENSOR);
  set_tensor(*attribute.mutable_t(), value.tensor);
}

// The inputs whose values decide the shapes of the node's outputs.
std::vector<std::string> shape_deciding(const onnx::NodeProto& node) {
  std::vector<std::string> names;
  const auto* inputs = shape_inputs_of(node);
  if (inputs == nullptr) return names;
  for (const int input : *inputs) {
    if (input < node.input_size() && !node.input(input).empty()) names.push_back(node.input(input));
  }
  return names;
}

bool is_tensor(const base::TensorType& type) {
  return static_cast<int>(type.element) > 0;
}

}  // namespace

ShapeFolding::ShapeFolding(const Source& source, bool folds)
    : original_(source),
      contents_(std::make_shared<Source::Contents>(*source.contents_)),
      is_needed_(needed_nodes(*contents_)),
      folds_(folds) {
  for (const auto& input : contents_->inputs) types_[input.name] = input.type;
  fold_shapes();
}

void ShapeFolding::replace(std::size_t node, const std::vector<base::NamedTensor>& values) {
  auto& nodes = *contents_->proto.mutable_graph()->mutable_node();
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto& constant = i == 0 ? nodes[static_cast<int>(node)] : *nodes.Add();
    make_constant_node(constant, values[i]);
    types_[values[i].name] = values[i].tensor.type();
  }
  has_changed_ = true;
}

void ShapeFolding::fold_shapes() {
  if (!folds_) return;
  auto& nodes = *contents_->proto.mutable_graph()->mutable_node();
  bool folds = false;
  for (int i = 0; i < nodes.size(); ++i) {
    const auto& node = nodes[i];
    if (!is_shape_or_size(node) || contents_->nodes[static_cast<std::size_t>(i)].is_constant) continue;
    const auto type = types_.find(node.input(0));
    if (type == types_.end() || !base::is_fixed(type->second)) continue;
    replace(static_cast<std::size_t>(i), {{node.output(0), value_for(node, type->second.shape)}});
    folds = true;
  }
  if (folds) look_again();
}

// The nodes have changed.
void ShapeFolding::look_again() {
  analyse(*contents_);
  is_needed_ = needed_nodes(*contents_);
}

std::optional<Part> ShapeFolding::constants_to_compute() {
  if (!folds_) return {};
  std::set<std::size_t> makers;
  for (std::size_t node = 0; node < contents_->nodes.size(); ++node) {
    if (!is_needed_[node] || contents_->nodes[node].is_constant) continue;
    for (const auto& name : shape_deciding(contents_->proto.graph().node(static_cast<int>(node)))) {
      const auto maker = contents_->producers.find(name);
      if (maker == contents_->producers.end() || kept_.contains(name) || !contents_->is_constant(name)) continue;
      const auto& made_by = contents_->proto.graph().node(static_cast<int>(maker->second));
      if (made_by.op_type() != "Constant") makers.insert(maker->second);
    }
  }
  if (makers.empty()) return {};
  last_.assign(makers.begin(), makers.end());
  PartMaker maker(*contents_);
  for (const std::size_t node : last_) {
    for (const auto& name : contents_->nodes[node].writes) maker.add_output({name, {}});
  }
  return std::move(maker).make();
}

void ShapeFolding::add_constants(const std::vector<base::NamedTensor>& values) {
  for (const std::size_t node : last_) {
    const auto writes = contents_->nodes[node].writes;
    std::vector<base::NamedTensor> of_node;
    for (const auto& name : writes) {
      const auto value = std::ranges::find(values, name, &base::NamedTensor::name);
      if (value != values.end() && !value->tensor.empty() && value->tensor.size() <= kLargestConstantBytes)
        of_node.push_back(*value);
    }
    if (of_node.size() == writes.size()) {
      replace(node, of_node);
    } else {
      kept_.insert(writes.begin(), writes.end());
    }
  }
  look_again();
}

// Tensors that are computed from constants and from shapes that are not told yet.
std::set<std::string> ShapeFolding::undecided() const {
  const RandomOperators random(contents_->proto);
  std::set<std::string> names;
  if (!folds_) return names;
  for (const std::size_t index : contents_->topological) {
    const auto& node = contents_->proto.graph().node(static_cast<int>(index));
    const auto& facts = contents_->nodes[index];
    if (facts.is_constant || random.are_in(node)) continue;
    const auto follows = [&](const std::string& name) { return names.contains(name) || contents_->is_constant(name); };
    const bool awaits_shape = is_shape_or_size(node) && !types_.contains(node.input(0));
    if (awaits_shape || std::ranges::all_of(facts.reads, follows))
      names.insert(facts.writes.begin(), facts.writes.end());
  }
  return names;
}

// A layer waits for the values that decide its shape as long as they may become constant.
std::vector<std::size_t> ShapeFolding::ready_nodes() const {
  const std::set<std::string> waiting = undecided();
  std::unordered_set<std::string> made;
  std::vector<std::size_t> ready;
  for (const std::size_t index : contents_->topological) {
    const auto& facts = contents_->nodes[index];
    if (!is_needed_[index] || facts.is_constant || told_.contains(index)) continue;
    const auto waits = [&](const std::string& name) { return waiting.contains(name); };
    const auto is_there = [&](const std::string& name) {
      return contents_->is_constant(name) || types_.contains(name) || made.contains(name);
    };
    const auto& node = contents_->proto.graph().node(static_cast<int>(index));
    if (std::ranges::any_of(facts.writes, waits) || std::ranges::any_of(shape_deciding(node), waits)) continue;
    if (!std::ranges::all_of(facts.reads, is_there)) continue;
    ready.push_back(index);
    made.insert(facts.writes.begin(), facts.writes.end());
  }
  return ready;
}

// A part has no inputs that are not tensors: the layers that make such values join those that read them.
void ShapeFolding::add_makers_of_others(std::vector<std::size_t>& nodes) const {
  std::set<std::size_t> all(nodes.begin(), nodes.end());
  std::vector<std::size_t> pending = nodes;
  while (!pending.empty()) {
    const std::size_t node = pending.back();
    pending.pop_back();
    for (const auto& name : contents_->nodes[node].reads) {
      const auto maker = contents_->producers.find(name);
      const auto type = types_.find(name);
      const bool is_other = type != types_.end() && !is_tensor(type->second);
      if (is_other && maker != contents_->producers.end() && all.insert(maker->second).second)
        pending.push_back(maker->second);
    }
  }
  nodes.clear();
  std::ranges::copy_if(contents_->topological, std::back_inserter(nodes),
                       [&](std::size_t node) { return all.contains(node); });
}

std::unordered_set<std::string> ShapeFolding::read_tensors() const {
  std::unordered_set<std::string> names;
  for (const auto& output : contents_->proto.graph().output()) names.insert(output.name());
  for (const auto& facts : contents_->nodes) names.insert(facts.reads.begin(), facts.reads.end());
  return names;
}

std::vector<std::string> ShapeFolding::untyped_constants() const {
  std::vector<std::string> names;
  for (const auto& output : contents_->proto.graph().output()) {
    if (contents_->is_constant(output.name()) && !types_.contains(output.name())) names.push_back(output.name());
  }
  return names;
}

void ShapeFolding::add_nodes_to(PartMaker& maker) const {
  std::set<std::string> made;
  for (const std::size_t node : last_)
    made.insert(contents_->nodes[node].writes.begin(), contents_->nodes[node].writes.end());
  std::set<std::string> inputs;
  for (const std::size_t node : last_) {
    for (const auto& name : contents_->nodes[node].reads) {
      if (contents_->is_constant(name) || made.contains(name) || !inputs.insert(name).second) continue;
      maker.add_input({name, types_.at(name)});
    }
  }
  maker.add_nodes(last_);
}

std::optional<Part> ShapeFolding::layers_to_type() {
  last_ = ready_nodes();
  add_makers_of_others(last_);
  const auto constants = untyped_constants();
  if (last_.empty() && constants.empty()) return {};
  PartMaker maker(*contents_);
  add_nodes_to(maker);
  for (const auto& name : constants) maker.add_output({name, {}});
  const auto read = read_tensors();
  for (const std::size_t node : last_) {
    for (const auto& name : contents_->nodes[node].writes) {
      if (read.contains(name)) maker.add_output({name, {}});
    }
  }
  told_.insert(last_.begin(), last_.end());
  return std::move(maker).make();
}

Part ShapeFolding::with_shapes_of(const std::vector<std::string>& tensors) const {
  PartMaker maker(*contents_);
  add_nodes_to(maker);
  for (const auto& name : tensors) maker.add_shape_output(name, "tandem/shape/" + name);
  return std::move(maker).make();
}

void ShapeFolding::add_types(const TypeByTensor& types) {
  for (const auto& [name, type] : types) types_[name] = type;
  fold_shapes();
}

Source ShapeFolding::source() const {
  if (!has_changed_) return original_;
  Source folded;
  const auto contents = std::make_shared<Source::Contents>(*contents_);
  contents->as_read = original_.contents_;
  folded.contents_ = contents;
  return folded;
}

bool ShapeFolding::has_layers_left() const {
  for (std::size_t node = 0; node < contents_->nodes.size(); ++node) {
    if (is_needed_[node] && !contents_->nodes[node].is_constant) return true;
  }
  return false;
}

}  // namespace tandem::model
