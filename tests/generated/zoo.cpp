#include "generated/zoo.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "generated/blocks.h"

namespace tandem::generated {
namespace {

constexpr std::int64_t kFirstOpset = 9;
constexpr std::size_t kOpsets = 9;
constexpr std::size_t kForms = 3;
constexpr std::int64_t kWords = 20;

bool suits(Form form, Form wanted) {
  return form == wanted || form == Form::Any;
}

std::vector<Block> blocks_for(Form form, std::int64_t opset) {
  std::vector<Block> chosen;
  for (const auto* list : {&picture_blocks(), &word_blocks(), &vector_blocks(), &typed_blocks(), &control_blocks()}) {
    std::ranges::copy_if(*list, std::back_inserter(chosen), [&](const Block& block) {
      return suits(block.form, form) && block.least_opset <= opset && opset <= block.most_opset;
    });
  }
  return chosen;
}

std::vector<Head> heads_for(Form form, std::int64_t opset) {
  std::vector<Head> chosen;
  std::ranges::copy_if(heads(), std::back_inserter(chosen),
                       [&](const Head& head) { return suits(head.form, form) && head.least_opset <= opset; });
  return chosen;
}

Habits habits_of(std::size_t index, std::int64_t opset, Form form) {
  std::mt19937 random(static_cast<unsigned>(1000 + index));
  const auto one_in = [&](unsigned count) { return random() % count == 0; };
  Habits habits;
  habits.opset = opset;
  habits.names = static_cast<Habits::Names>(random() % 5);
  habits.has_constant_nodes = one_in(3);
  habits.lists_initializers = opset < 13 && one_in(4);
  habits.adds_identities = one_in(3);
  habits.adds_dropouts = one_in(4);
  habits.has_value_info = one_in(2);
  habits.has_symbolic_batch = one_in(2);
  habits.has_symbolic_length = form == Form::Words && one_in(2);
  habits.has_dead_nodes = one_in(4);
  habits.has_unused_input = one_in(6);
  habits.passes_input_on = one_in(8);
  habits.has_constant_output = one_in(8);
  habits.batch = habits.has_symbolic_batch || !one_in(3) ? 1 : 2;
  return habits;
}

Value input_of(Sketch& net, Form form) {
  const std::string batch = net.habits.has_symbolic_batch ? "batch_size" : "";
  const std::string length = net.habits.has_symbolic_length ? "sequence" : "";
  const std::int64_t size = net.habits.batch;
  if (form == Form::Picture) return net.input("image", {size, 3, 8, 8}, onnx::TensorProto::FLOAT, {batch, "", "", ""});
  if (form == Form::Vector) return net.input("features", {size, 8}, onnx::TensorProto::FLOAT, {batch, ""});
  if (net.below(3) == 0) return net.input("embeddings", {size, 6, 8}, onnx::TensorProto::FLOAT, {batch, length, ""});
  return net.input("input_ids", {size, 6}, onnx::TensorProto::INT64, {batch, length});
}

// Words come as ids into an embedding, or as they are.
Value first_value(Sketch& net, const Value& input) {
  if (input.element == onnx::TensorProto::FLOAT) return input;
  return net.op("Gather", {net.weights({kWords, 8}), input}, {}, {input.shape[0], input.shape[1], 8});
}

// Oddities of exported files beside the network itself.
void add_oddities(Sketch& net, const Value& input) {
  if (net.habits.has_unused_input) net.input("unused", {2, 3}, onnx::TensorProto::FLOAT, {});
  if (net.habits.has_dead_nodes) net.op("Relu", {net.op("Neg", {input})});
  if (net.habits.passes_input_on) net.output(input);
  if (net.habits.has_constant_output) net.output(net.op("Sqrt", {net.numbers({3}, {1, 4, 9})}));
}

// The loader takes 1 for an open batch by itself.
void add_shapes(GeneratedModel& model, const Habits& habits) {
  if (!habits.has_symbolic_length) return;
  const auto& input = model.proto.graph().input(0);
  const bool are_ids = input.name() == "input_ids";
  model.shapes[input.name()] = are_ids ? base::Shape{habits.batch, 6} : base::Shape{habits.batch, 6, 8};
}

// Returns their names.
std::string add_network(Sketch& net, Form form, std::size_t turn, Value x) {
  const auto blocks = blocks_for(form, net.habits.opset);
  const std::size_t count = 2 + net.below(3);
  std::string names;
  for (std::size_t i = 0; i < count; ++i) {
    const Block& block = blocks[i == 0 ? turn % blocks.size() : net.below(blocks.size())];
    names += fmt::format(" {},", block.name);
    x = block.build(net, x);
  }
  const auto ends = heads_for(form, net.habits.opset);
  const Head& head = ends[net.below(ends.size())];
  head.build(net, x);
  return names + " " + head.name;
}

}  // namespace

GeneratedModel make_model(std::size_t index) {
  const char* const forms[] = {"picture", "words", "vector"};
  const auto form = static_cast<Form>(index % kForms);
  const std::size_t turn = index / kForms;
  const std::int64_t opset = kFirstOpset + static_cast<std::int64_t>(turn % kOpsets);
  Sketch net(habits_of(index, opset, form), static_cast<unsigned>(index));
  const Value input = input_of(net, form);
  const std::string names = add_network(net, form, turn, first_value(net, input));
  add_oddities(net, input);
  GeneratedModel model{fmt::format("{} {} opset {}:{}", index, forms[index % kForms], opset, names), net.finish(), {}};
  add_shapes(model, net.habits);
  return model;
}

}  // namespace tandem::generated
