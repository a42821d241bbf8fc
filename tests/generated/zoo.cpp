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
  habits.batch = habits.has_symbolic_batch || !one_in(3) ? 1 : 2;
  return habits;
}

// Words come as ids into an embedding, or as they are.
Value words(Sketch& net, std::int64_t batch, std::int64_t length, const std::vector<std::string>& open) {
  if (net.below(3) == 0)
    return net.input("embeddings", {batch, length, 8}, onnx::TensorProto::FLOAT, {open[0], open[1], ""});
  const Value ids = net.input("input_ids", {batch, length}, onnx::TensorProto::INT64, open);
  return net.op("Gather", {net.weights({kWords, 8}), ids}, {}, {batch, length, 8});
}

Value first_value(Sketch& net, Form form) {
  const std::string batch = net.habits.has_symbolic_batch ? "batch_size" : "";
  const std::string length = net.habits.has_symbolic_length ? "sequence" : "";
  if (form == Form::Words) return words(net, net.habits.batch, 6, {batch, length});
  if (form == Form::Vector) return net.input("features", {net.habits.batch, 8}, onnx::TensorProto::FLOAT, {batch, ""});
  return net.input("image", {net.habits.batch, 3, 8, 8}, onnx::TensorProto::FLOAT, {batch, "", "", ""});
}

// The loader takes 1 for an open batch by itself.
void add_shapes(GeneratedModel& model, const Habits& habits) {
  if (!habits.has_symbolic_length) return;
  const auto& input = model.proto.graph().input(0);
  const bool are_ids = input.name() == "input_ids";
  model.shapes[input.name()] = are_ids ? base::Shape{habits.batch, 6} : base::Shape{habits.batch, 6, 8};
}

}  // namespace

GeneratedModel make_model(std::size_t index) {
  const auto form = static_cast<Form>(index % kForms);
  const std::size_t turn = index / kForms;
  const std::int64_t opset = kFirstOpset + static_cast<std::int64_t>(turn % kOpsets);
  Sketch net(habits_of(index, opset, form), static_cast<unsigned>(index));
  const auto blocks = blocks_for(form, opset);
  const char* const names[] = {"picture", "words", "vector"};
  GeneratedModel model{fmt::format("{} {} opset {}:", index, names[index % kForms], opset), {}, {}};
  Value x = first_value(net, form);
  const std::size_t count = 2 + net.below(3);
  for (std::size_t i = 0; i < count; ++i) {
    const Block& block = blocks[i == 0 ? turn % blocks.size() : net.below(blocks.size())];
    model.name += fmt::format(" {},", block.name);
    x = block.build(net, x);
  }
  const auto ends = heads_for(form, opset);
  const Head& head = ends[net.below(ends.size())];
  model.name += fmt::format(" {}", head.name);
  head.build(net, x);
  model.proto = net.finish();
  add_shapes(model, net.habits);
  return model;
}

}  // namespace tandem::generated
