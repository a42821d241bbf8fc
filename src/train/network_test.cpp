#include "train/network.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "model/builder.h"

namespace tandem::train {
namespace {

using base::ElementType;
using model::GraphBuilder;
using testing::ElementsAre;
using testing::HasSubstr;
using Ints = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

// Graphs with random weights, the same in each run.
class TestGraph {
 public:
  TestGraph() : builder_("test") {
    at::manual_seed(1);
    builder_.input("x", {ElementType::Float32, {1, 2, 8, 8}});
  }

  std::string weight(const std::string& name, at::IntArrayRef shape) {
    return builder_.weight(name, from_torch(at::randn(shape) * 0.3));
  }
  std::string integers(const std::string& name, const Ints& values) {
    return builder_.weight(name, from_torch(at::tensor(values, at::kLong)));
  }
  std::string ones(const std::string& name, std::int64_t count) {
    return builder_.weight(name, from_torch(at::ones({count})));
  }
  std::string conv(const std::string& name, const std::string& input, std::int64_t inputs, std::int64_t outputs) {
    weight(name + "/w", {outputs, inputs, 3, 3});
    weight(name + "/b", {outputs});
    return node("Conv", {input, name + "/w", name + "/b"}, name, {{"pads", Ints{1, 1, 1, 1}}});
  }
  std::string batch_norm(const std::string& name, const std::string& input, std::int64_t channels) {
    return node("BatchNormalization",
                {input, ones(name + "/scale", channels), weight(name + "/bias", {channels}),
                 weight(name + "/mean", {channels}), ones(name + "/variance", channels)},
                name);
  }
  std::string relu(const std::string& input) { return node("Relu", {input}, input + "_relu"); }
  // Flattened, five classes.
  void classify(const std::string& name, const std::string& input, std::int64_t features) {
    const auto flat = node("Flatten", {input}, name + "_flat");
    weight(name + "/w", {5, features});
    weight(name + "/b", {5});
    node("Gemm", {flat, name + "/w", name + "/b"}, name + "_logits", {{"transB", 1}});
    node("Softmax", {name + "_logits"}, name, {{"axis", 1}});
    output(name, {1, 5});
  }
  std::string node(const std::string& op_type, const Names& inputs, const std::string& output,
                   const std::vector<model::Attribute>& attributes = {}) {
    return builder_.node(op_type, inputs, attributes, output);
  }
  void output(const std::string& name, const base::Shape& shape) {
    builder_.output(name, {ElementType::Float32, shape});
  }

  model::Program program() { return model::read_program(model::Source::from_part(builder_.finish(), "test.onnx")); }

 private:
  GraphBuilder builder_;
};

// x → a → a_relu ┬→ exit1
//                └→ b → n → n_relu → d → exit2; exit1 has a batch norm of its own.
model::Program two_exits() {
  TestGraph graph;
  const auto trunk = graph.relu(graph.conv("a", "x", 2, 3));
  graph.classify("exit1", graph.batch_norm("h", trunk, 3), 3 * 64);
  const auto end = graph.relu(graph.batch_norm("n", graph.conv("b", trunk, 3, 4), 4));
  graph.classify("exit2", graph.node("Dropout", {end}, "d"), 4 * 64);
  return graph.program();
}

Values images(std::int64_t count) {
  at::manual_seed(2);
  return {{"x", at::randn({count, 2, 8, 8})}};
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

const Parameter& parameter_of(Network& network, const std::string& name) {
  for (const auto& parameter : network.parameters()) {
    if (parameter.name == name) return parameter;
  }
  throw std::runtime_error("no parameter " + name);
}

TEST(Network, FindsWhatLearns) {
  Network network(two_exits());
  Names names;
  for (const auto& parameter : network.parameters()) {
    names.push_back(parameter.name);
    EXPECT_TRUE(parameter.value.is_leaf() && parameter.value.requires_grad());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("a/w", "a/b", "b/w", "b/b", "h/scale", "h/bias", "n/scale", "n/bias",
                                                   "exit1/w", "exit1/b", "exit2/w", "exit2/b"));
  EXPECT_TRUE(parameter_of(network, "a/w").decays);
  EXPECT_FALSE(parameter_of(network, "a/b").decays);
  EXPECT_FALSE(parameter_of(network, "n/scale").decays);
}

TEST(Network, KnowsHeadsFromTheTrunk) {
  Network network(two_exits());
  EXPECT_THAT(network.head_inputs(), ElementsAre("a_relu"));
  EXPECT_THAT(network.logits(), ElementsAre("exit1_logits", "exit2_logits"));
  for (const auto* name : {"h/scale", "exit1/w"}) EXPECT_TRUE(parameter_of(network, name).is_in_head) << name;
  for (const auto* name : {"a/w", "b/w", "exit2/w"}) EXPECT_FALSE(parameter_of(network, name).is_in_head) << name;
  EXPECT_EQ(parameter_of(network, "a/w").exit, 0u);
  EXPECT_EQ(parameter_of(network, "b/w").exit, 1u);
}

TEST(Network, LearnsThroughTurnedWeightsAndLaterAdditions) {
  TestGraph graph;
  graph.node("Flatten", {"x"}, "flat");
  graph.node("Transpose", {graph.weight("w", {5, 128})}, "turned");
  graph.node("MatMul", {"flat", "turned"}, "product");
  graph.node("Add", {"product", graph.weight("b", {5})}, "y");
  graph.output("y", {1, 5});
  Network network(graph.program());
  EXPECT_THAT(network.logits(), ElementsAre("y"));
  EXPECT_TRUE(parameter_of(network, "w").decays);
  EXPECT_FALSE(parameter_of(network, "b").decays);
  network.run(images(3), {"y"})["y"].sum().backward();
  EXPECT_TRUE(parameter_of(network, "w").value.grad().defined());
}

TEST(Network, TakesAnyBatch) {
  Network network(two_exits());
  const auto given = images(3);
  const auto all = network.run(given, network.exits());
  EXPECT_EQ(all.at("exit2").sizes(), (Ints{3, 5}));
  const auto last = network.run({{"x", given.at("x").narrow(0, 2, 1)}}, network.exits());
  EXPECT_TRUE(at::allclose(all.at("exit2")[2], last.at("exit2")[0], 1e-4, 1e-6));
}

TEST(Network, GoesOnFromTensorsInTheMiddle) {
  Network network(two_exits());
  const auto given = images(3);
  const auto features = network.run(given, network.head_inputs());
  const auto kept = features.at("a_relu").clone();
  const auto actual = network.run(features, {"exit1"});
  EXPECT_TRUE(at::equal(actual.at("exit1"), network.run(given, {"exit1"}).at("exit1")));
  EXPECT_TRUE(at::equal(features.at("a_relu"), kept));
}

TEST(Network, NeedsOnlyWhatIsWanted) {
  Network network(two_exits());
  EXPECT_THAT(message_of([&] { network.run({}, {"exit1"}); }), HasSubstr("test.onnx: input 'x' is not given"));
  EXPECT_THAT(message_of([&] { network.run(images(1), {"z"}); }), HasSubstr("test.onnx: no tensor 'z'"));
}

TEST(Network, LeavesTensorsAloneThatOthersRead) {
  TestGraph graph;
  graph.conv("a", "x", 2, 3);
  graph.node("Flatten", {"a"}, "view");  // the same memory as a, read before and after the Relu
  graph.node("Relu", {"a"}, "r");
  graph.node("Flatten", {"r"}, "flat");
  graph.node("Sub", {"view", "flat"}, "y");
  graph.output("y", {1, 192});
  Network network(graph.program());
  const auto values = network.run(images(2), {"a", "y"});
  EXPECT_TRUE(at::equal(values.at("y"), at::clamp_max(values.at("a"), 0).flatten(1)));
  EXPECT_TRUE(at::equal(network.run(images(2), {"y"}).at("y"), values.at("y")));
}

TEST(Network, ComputesWhatDependsOnNoInputOnceWithTheFilesBatch) {
  TestGraph graph;
  graph.node("Reshape", {graph.weight("w", {192}), graph.integers("shape", {1, 3, 8, 8})}, "grid");
  graph.node("Add", {graph.conv("a", "x", 2, 3), "grid"}, "y");
  graph.output("y", {1, 3, 8, 8});
  Network network(graph.program());
  EXPECT_EQ(network.run(images(3), {"y"}).at("y").sizes(), (Ints{3, 3, 8, 8}));
  EXPECT_EQ(network.run({}, {"grid"}).at("grid").sizes(), (Ints{1, 3, 8, 8}));
}

TEST(Network, FollowsStatisticsInTrainingOnly) {
  Network network(two_exits());
  const auto before = network.trained_weights();
  network.run(images(4), network.exits());
  const auto mean = [&] { return to_torch(network.trained_weights().at("n/mean")); };
  EXPECT_TRUE(at::equal(mean(), to_torch(before.at("n/mean"))));
  network.run(images(4), network.exits(), {.is_training = true});
  EXPECT_FALSE(at::equal(mean(), to_torch(before.at("n/mean"))));
}

TEST(Network, TouchesNothingOutsideHeadsWhereOnlyTheyAreTrained) {
  Network network(two_exits());
  const auto before = network.trained_weights();
  const auto values = network.run(images(4), network.logits(), {.is_training = true, .heads_only = true});
  EXPECT_FALSE(values.at("exit2_logits").requires_grad());
  values.at("exit1_logits").sum().backward();
  const auto after = network.trained_weights();
  EXPECT_FALSE(at::equal(to_torch(after.at("h/mean")), to_torch(before.at("h/mean"))));
  EXPECT_TRUE(at::equal(to_torch(after.at("n/mean")), to_torch(before.at("n/mean"))));
  EXPECT_TRUE(parameter_of(network, "exit1/w").value.grad().defined());
  EXPECT_FALSE(parameter_of(network, "a/w").value.grad().defined());
}

at::Tensor loss_of(Network& network, const Values& given) {
  const auto labels = at::arange(given.at("x").size(0), at::kLong).remainder(5);
  at::Tensor sum = at::zeros({});
  for (const auto& [name, logits] : network.run(given, network.logits(), {.is_training = true}))
    sum = sum + at::cross_entropy_loss(logits, labels);
  return sum;
}

TEST(Network, HasASmallerLossAfterAStepDownItsGradient) {
  Network network(two_exits());
  const auto given = images(10);
  at::manual_seed(3);
  const auto before = loss_of(network, given);
  before.backward();
  {
    const at::NoGradGuard guard;
    for (auto& parameter : network.parameters()) parameter.value.sub_(parameter.value.grad(), 0.01);
  }
  at::manual_seed(3);  // drops the same
  EXPECT_LT(loss_of(network, given).item<double>(), before.item<double>());
}

TEST(Network, KeepsWeightsApartFromTheProgramAndFromItsOwnLaterSteps) {
  Network network(two_exits());
  const auto before = network.trained_weights();
  {
    const at::NoGradGuard guard;
    network.parameters()[0].value.add_(1);
  }
  const auto& name = network.parameters()[0].name;
  EXPECT_FALSE(at::equal(to_torch(network.trained_weights().at(name)), to_torch(before.at(name))));
  EXPECT_TRUE(at::equal(to_torch(network.program().weights.at(name)), to_torch(before.at(name))));
}

TEST(Network, TakesItsWeightsBack) {
  Network network(two_exits());
  const auto before = network.trained_weights();
  const auto expected = network.run(images(4), {"exit2"}).at("exit2");
  network.run(images(4), network.exits(), {.is_training = true});
  const at::NoGradGuard guard;
  for (auto& parameter : network.parameters()) parameter.value.mul_(2);
  network.set_weights(before);
  EXPECT_TRUE(at::equal(network.run(images(4), {"exit2"}).at("exit2"), expected));
}

TEST(Network, RefusesWeightsThatAreNotItsOwn) {
  Network network(two_exits());
  const auto some = from_torch(at::ones({7}));
  EXPECT_THAT(message_of([&] { network.set_weights({{"z", some}}); }), HasSubstr("no trained weight 'z'"));
  EXPECT_THAT(message_of([&] {
                network.set_weights({{"a/b", some}});
              }),
              HasSubstr("weight 'a/b' is float32 7, expected float32 3"));
}

TEST(Network, ComputesTheSameInAnyLayout) {
  Network network(two_exits());
  const auto expected = network.run(images(4), network.exits());
  const auto weights = network.trained_weights();
  network.use_channels_last();
  const auto actual = network.run(images(4), network.exits());
  for (const auto& [name, value] : expected) EXPECT_TRUE(at::allclose(actual.at(name), value, 1e-4, 1e-6)) << name;
  EXPECT_TRUE(at::equal(to_torch(network.trained_weights().at("a/w")), to_torch(weights.at("a/w"))));
}

class HalfPrecision {
 public:
  HalfPrecision() { set(true); }
  ~HalfPrecision() {
    at::autocast::clear_cache();
    set(false);
  }

 private:
  static void set(bool is_on) {
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(is_on);
  }
};

TEST(Network, LearnsInHalfPrecision) {
  TestGraph graph;
  auto x = graph.relu(graph.batch_norm("n", graph.conv("a", "x", 2, 4), 4));
  x = graph.node("MaxPool", {x}, "p",
                 {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{0, 0, 1, 1}}, {"strides", Ints{2, 2}}});
  x = graph.node("LRN", {x}, "l", {{"size", 3}});
  x = graph.node("AveragePool", {x}, "v", {{"kernel_shape", Ints{2, 2}}});
  x = graph.node("Add", {graph.conv("b", x, 4, 4), x}, "s");
  x = graph.node("Concat", {graph.node("HardSigmoid", {x}, "w"), graph.node("Sigmoid", {x}, "g")}, "c", {{"axis", 1}});
  graph.classify("y", x, 8 * 9);
  Network network(graph.program());
  network.use_channels_last();
  const HalfPrecision half;
  network.run(images(4), {"y"});
  loss_of(network, images(4)).backward();
  for (auto& parameter : network.parameters()) {
    EXPECT_EQ(parameter.value.grad().scalar_type(), at::kFloat) << parameter.name;
    EXPECT_TRUE(at::isfinite(parameter.value.grad()).all().item<bool>()) << parameter.name;
  }
}

TEST(Network, NamesTheNodeThatCannotBeTrained) {
  TestGraph graph;
  graph.node("Det", {"x"}, "y");
  graph.output("y", {1, 2});
  EXPECT_EQ(message_of([&] { Network network(graph.program()); }),
            "test.onnx: node 'y': operator 'Det' (opset 13): cannot be trained");
}

TEST(Network, NamesTheNodeAndTheInputWhoseShapesDoNotFit) {
  TestGraph graph;
  graph.conv("a", "x", 7, 3);
  graph.output("a", {1, 3, 8, 8});
  Network network(graph.program());
  EXPECT_THAT(message_of([&] { network.run(images(1), {"a"}); }), HasSubstr("test.onnx: node 'a': operator 'Conv'"));
  EXPECT_EQ(message_of([&] {
              network.run({{"x", at::ones({3, 2, 8, 9})}}, {"a"});
            }),
            "test.onnx: 'x' is 3x2x8x9, expected 3x2x8x8");
}

}  // namespace
}  // namespace tandem::train
