// The time of every kernel that ONNX Runtime runs belongs to layers, whatever it fuses and whatever nodes are called.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "kernel_patterns.h"
#include "model/test_models.h"
#include "profile/attribution.h"

namespace tandem {
namespace {

using testing::ElementsAre;

engine::Engine& shared_engine() {
  static const auto instance = engine::onnx_runtime({.threads = 1});
  return *instance;
}

struct Attribution {
  std::vector<rpc::KernelTime> times;
  std::vector<cost::Kernel> kernels;
  double attributed_ms = 0;
  double total_ms = 0;

  std::string text() const {
    std::string text;
    for (const auto& kernel : kernels) {
      text += kernel.name + " (" + kernel.op_type + ") " + std::to_string(kernel.median_ms) + " ms:";
      for (const std::size_t layer : kernel.layers) text += " " + std::to_string(layer);
      text += "\n";
    }
    return text;
  }
};

Attribution attribute(const model::Source& source) {
  const model::Model model = engine::complete(source, shared_engine());
  std::vector<base::Tensor> inputs;
  for (const auto& input : engine::made_up_inputs(model)) inputs.push_back(input.tensor);
  Attribution found;
  for (auto& kernel : shared_engine().time_kernels(model.whole(), inputs, 5))
    found.times.push_back({kernel.name, kernel.op_type, kernel.time.count(), kernel.inputs, kernel.outputs});
  found.kernels = profile::attribute(model.graph(), found.times);
  std::vector<int> owners(model.graph().layers.size(), 0);
  for (const auto& kernel : found.kernels) {
    found.total_ms += kernel.median_ms;
    if (!kernel.layers.empty()) found.attributed_ms += kernel.median_ms;
    for (const std::size_t layer : kernel.layers) ++owners[layer];
  }
  EXPECT_THAT(owners, testing::Each(testing::Le(1)));
  return found;
}

// Names as exporters give them or leave them out.
enum class Names { Own, None, Slashes, Odd };

model::Source source_of(const Pattern& pattern, std::int64_t channels, Names names) {
  PatternBuilder net(channels);
  const std::string output = pattern.build(net);
  model::Part part = net.finish(output);
  onnx::ModelProto proto = model::proto_of(part);
  proto.mutable_opset_import(0)->set_version(pattern.opset);
  for (int i = 0; i < proto.graph().node_size(); ++i) {
    auto& node = *proto.mutable_graph()->mutable_node(i);
    if (names == Names::None) node.clear_name();
    if (names == Names::Slashes)
      node.set_name("/block." + std::to_string(i % 3) + "/" + node.op_type() + "_" + std::to_string(i));
    if (names == Names::Odd) node.set_name("a \"b\"\\\n\x1b[31m" + std::to_string(i));
  }
  part.graph = proto.SerializeAsString();
  return model::Source::from_part(part, pattern.name);
}

class KernelAttribution : public testing::TestWithParam<Pattern> {};

TEST_P(KernelAttribution, LosesNoTime) {
  for (const std::int64_t channels : {16, 5}) {
    for (const Names names : {Names::Own, Names::None, Names::Slashes, Names::Odd}) {
      const auto found = attribute(source_of(GetParam(), channels, names));
      EXPECT_GT(found.total_ms, 0);
      EXPECT_GE(found.attributed_ms, 0.99 * found.total_ms) << channels << " channels\n" << found.text();
    }
  }
}

TEST_P(KernelAttribution, IsTheSameWhateverNodesAreCalled) {
  const auto layers_of = [](const Attribution& found) {
    std::vector<std::vector<std::size_t>> layers;
    for (const auto& kernel : found.kernels) layers.push_back(kernel.layers);
    std::ranges::sort(layers);
    return layers;
  };
  const auto own = attribute(source_of(GetParam(), 16, Names::Own));
  const auto none = attribute(source_of(GetParam(), 16, Names::None));
  EXPECT_EQ(layers_of(own), layers_of(none)) << own.text() << "\n" << none.text();
}

INSTANTIATE_TEST_SUITE_P(Patterns, KernelAttribution, testing::ValuesIn(kernel_patterns()),
                         [](const auto& each) { return std::string(each.param.name); });

Pattern pattern_called(const std::string& name) {
  return *std::ranges::find(kernel_patterns(), name, [](const Pattern& pattern) { return std::string(pattern.name); });
}

// The engine has one kernel for all of it: a cut within would break it.
TEST(KernelLayers, AreAllThoseOfANormalisationWrittenOut) {
  const auto found = attribute(source_of(pattern_called("layer_norms"), 16, Names::None));
  ASSERT_EQ(found.kernels.size(), 3u) << found.text();
  EXPECT_THAT(found.kernels[0].layers, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8)) << found.text();
  EXPECT_THAT(found.kernels[1].layers, ElementsAre(9)) << found.text();
}

model::TestModel with_a_choice() {
  model::TestModel test;
  test.input("x", {64, 64}).output("y");
  test.weight("w", {64, 64});
  test.node("ReduceSum", {"x"}, {"sum"});
  test.node("Cast", {"sum"}, {"is_on"});
  model::TestModel::add_attribute(test.graph().mutable_node()->at(1), "to", onnx::TensorProto::BOOL);
  test.node("Squeeze", {"is_on"}, {"flag"});
  auto& choice = test.node("If", {"flag"}, {"z"});
  for (const char* branch : {"then_branch", "else_branch"}) {
    auto& graph = model::TestModel::add_subgraph(choice, branch);
    const std::string output = std::string("inner_") + branch;
    model::TestModel::fill_node(*graph.add_node(), "MatMul", {"x", "w"}, {output + "_product"});
    model::TestModel::fill_node(*graph.add_node(), "Tanh", {output + "_product"}, {output});
    graph.mutable_node(0)->clear_name();
    graph.add_output()->set_name(output);
    graph.mutable_output(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  }
  test.node("Relu", {"z"}, {"y"});
  return test;
}

TEST(KernelLayers, AreTheMatrixProductAndItsBias) {
  const auto found = attribute(source_of(pattern_called("matmul_add_of_words"), 16, Names::None));
  ASSERT_EQ(found.kernels.size(), 3u) << found.text();
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_THAT(found.kernels[i].layers, ElementsAre(2 * i, 2 * i + 1)) << found.text();
}

TEST(KernelLayers, AreAConvolutionAndWhatTheEngineFusesWithIt) {
  const auto found = attribute(source_of(pattern_called("conv_batch_norm_relu"), 16, Names::None));
  ASSERT_EQ(found.kernels.size(), 3u) << found.text();
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_THAT(found.kernels[i].layers, ElementsAre(3 * i, 3 * i + 1, 3 * i + 2)) << found.text();
}

// HardSwish is a function for the engine, whose nodes have no names.
TEST(KernelLayers, AreThatOfAFunctionForAllItsKernels) {
  const auto found = attribute(source_of(pattern_called("newer_operators"), 16, Names::Own));
  const auto last = std::ranges::find(found.kernels, std::vector<std::size_t>{4}, &cost::Kernel::layers);
  ASSERT_NE(last, found.kernels.end()) << found.text();
  EXPECT_EQ(found.times.size(), found.kernels.size() + 1) << found.text();
}

TEST(KernelLayers, CountTheTimeInsideOfControlFlowOnce) {
  const auto found = attribute(with_a_choice().source());
  EXPECT_DOUBLE_EQ(found.attributed_ms, found.total_ms) << found.text();
  EXPECT_EQ(std::ranges::count(found.times, "MatMul", &rpc::KernelTime::op_type), 0);
  EXPECT_EQ(std::ranges::count(found.times, "If", &rpc::KernelTime::op_type), 1);
}

}  // namespace
}  // namespace tandem
