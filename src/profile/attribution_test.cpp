#include "profile/attribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>

namespace tandem::profile {
namespace {

using testing::ElementsAre;

// A graph of layers named after the tensor that each makes.
class TestGraph {
 public:
  TestGraph() { add_tensor("input", model::kNoLayer); }

  TestGraph& layer(const std::string& op_type, const std::string& name, const std::vector<std::string>& inputs) {
    model::Layer layer;
    layer.name = name;
    layer.op_type = op_type;
    layer.multiply_accumulates = op_type == "Conv" || op_type == "Gemm" ? 100 : 0;
    for (const auto& input : inputs) {
      layer.inputs.push_back(ids_.at(input));
      graph.tensors[ids_.at(input)].consumers.push_back(graph.layers.size());
    }
    layer.outputs.push_back(add_tensor(name, graph.layers.size()));
    graph.layers.push_back(std::move(layer));
    return *this;
  }

  model::Graph graph;

 private:
  model::TensorId add_tensor(const std::string& name, std::size_t producer) {
    model::TensorInfo tensor;
    tensor.name = name;
    tensor.producer = producer;
    graph.tensors.push_back(std::move(tensor));
    return ids_[name] = graph.tensors.size() - 1;
  }

  std::map<std::string, model::TensorId> ids_;
};

// conv → batch norm → ReLU, twice, then a skip from the first block, as engines fuse them.
model::Graph residual() {
  TestGraph test;
  test.layer("Conv", "conv1", {"input"})
      .layer("BatchNormalization", "bn1", {"conv1"})
      .layer("Relu", "relu1", {"bn1"})
      .layer("Conv", "conv2", {"relu1"})
      .layer("BatchNormalization", "bn2", {"conv2"})
      .layer("Add", "add", {"bn2", "relu1"})
      .layer("Relu", "relu2", {"add"});
  return test.graph;
}

std::vector<std::vector<std::size_t>> layers_of(const std::vector<cost::Kernel>& kernels) {
  std::vector<std::vector<std::size_t>> layers;
  for (const auto& kernel : kernels) layers.push_back(kernel.layers);
  return layers;
}

double sum_ms(const std::vector<cost::Kernel>& kernels) {
  return std::accumulate(kernels.begin(), kernels.end(), 0.0,
                         [](double sum, const cost::Kernel& kernel) { return sum + kernel.median_ms; });
}

TEST(Attribute, GivesEachLayerItsOwnKernel) {
  const auto kernels = attribute(residual(), {{"conv1", "Conv", 4},
                                              {"bn1", "BatchNormalization", 1},
                                              {"relu1", "Relu", 0.5},
                                              {"conv2", "Conv", 3},
                                              {"bn2", "BatchNormalization", 1},
                                              {"add", "Add", 0.25},
                                              {"relu2", "Relu", 0.5}});
  ASSERT_EQ(kernels.size(), 7u);
  for (std::size_t i = 0; i < kernels.size(); ++i) EXPECT_THAT(kernels[i].layers, ElementsAre(i));
  EXPECT_EQ(kernels[3].name, "conv2");
  EXPECT_EQ(kernels[5].op_type, "Add");
  EXPECT_EQ(kernels[5].median_ms, 0.25);
}

TEST(Attribute, GivesAFusedKernelTheLayersAroundItsName) {
  const auto kernels = attribute(residual(), {{"relu1_nchwc", "Conv", 5}, {"bn2_nchwc", "Conv", 4}});
  EXPECT_THAT(layers_of(kernels), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4, 5, 6)));
  EXPECT_EQ(kernels[0].median_ms, 5);
}

TEST(Attribute, GivesLayersWithoutAKernelToTheOneBeforeThem) {
  const auto kernels = attribute(residual(), {{"conv1", "Conv", 5}, {"conv2_nchwc", "Conv", 4}});
  EXPECT_THAT(layers_of(kernels), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4, 5, 6)));
}

TEST(Attribute, GivesLayersBetweenTwoKernelsToTheFirst) {
  const auto kernels = attribute(residual(), {{"conv1", "Conv", 5}, {"relu1", "Relu", 1}, {"relu2", "Conv", 4}});
  EXPECT_THAT(layers_of(kernels), ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3, 4, 5), ElementsAre(6)));
}

TEST(Attribute, GivesAPaddingInFrontToItsConvolution) {
  TestGraph test;
  test.layer("Pad", "pad", {"input"}).layer("Conv", "conv", {"pad"}).layer("Relu", "relu", {"conv"});
  for (const char* name : {"conv", "relu_nchwc"})
    EXPECT_THAT(layers_of(attribute(test.graph, {{name, "Conv", 5}})), ElementsAre(ElementsAre(0, 1, 2))) << name;
}

TEST(Attribute, GivesAPaddingToItsConvolutionWhenTheRestHasKernelsToo) {
  TestGraph test;
  test.layer("Conv", "first", {"input"})
      .layer("Pad", "pad", {"first"})
      .layer("Conv", "conv", {"pad"})
      .layer("BatchNormalization", "bn", {"conv"})
      .layer("Relu", "relu", {"bn"});
  const auto kernels = attribute(test.graph, {{"first", "Conv", 5}, {"conv", "Conv", 5}, {"relu", "Relu", 1}});
  EXPECT_THAT(layers_of(kernels), ElementsAre(ElementsAre(0), ElementsAre(1, 2, 3), ElementsAre(4)));
}

TEST(Attribute, LeavesAPaddingThatRanAlone) {
  TestGraph test;
  test.layer("Pad", "pad", {"input"}).layer("Conv", "conv", {"pad"});
  const auto kernels = attribute(test.graph, {{"pad", "Pad", 1}, {"conv", "Conv", 5}});
  EXPECT_THAT(layers_of(kernels), ElementsAre(ElementsAre(0), ElementsAre(1)));
}

// Both branches begin with the same activation, which the engine computes once.
TEST(Attribute, SeesThroughIdenticalLayersThatTheEngineMerged) {
  TestGraph test;
  test.layer("Conv", "conv", {"input"})
      .layer("Relu", "left", {"conv"})
      .layer("Relu", "right", {"conv"})
      .layer("Conv", "after_left", {"left"})
      .layer("Conv", "after_right", {"right"});
  const auto kernels =
      attribute(test.graph, {{"left_nchwc", "Conv", 5}, {"after_left", "Conv", 1}, {"after_right", "Conv", 1}});
  EXPECT_THAT(layers_of(kernels), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3), ElementsAre(4)));
}

TEST(Attribute, GivesLayersBeforeAllKernelsToTheFirstThatReadsThem) {
  TestGraph test;
  test.layer("Cast", "cast", {"input"})
      .layer("Transpose", "transpose", {"cast"})
      .layer("Conv", "conv", {"transpose"})
      .layer("Conv", "other", {"transpose"});
  const auto kernels = attribute(test.graph, {{"conv", "Conv", 1}, {"other", "Conv", 1}});
  EXPECT_THAT(layers_of(kernels), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3)));
}

TEST(Attribute, FindsLayersInNamesThatEnginesExtended) {
  TestGraph test;
  test.layer("Conv", "block_1", {"input"}).layer("Gemm", "fc", {"block_1"});
  const auto kernels = attribute(test.graph, {{"fused block_1_token_0", "Conv", 2}, {"fc", "Gemm", 3}});
  EXPECT_THAT(layers_of(kernels), ElementsAre(ElementsAre(0), ElementsAre(1)));
}

TEST(Attribute, KeepsKernelsOfNoLayer) {
  const auto kernels = attribute(residual(), {{"ReorderInput", "ReorderInput", 0.75}, {"relu1", "Conv", 5}});
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_THAT(kernels[0].layers, testing::IsEmpty());
  EXPECT_EQ(kernels[0].median_ms, 0.75);
  EXPECT_EQ(kernels[0].features, cost::Features());
  EXPECT_THAT(kernels[1].layers, testing::SizeIs(7));
}

TEST(Attribute, AddsUpTwoKernelsOfOneLayer) {
  const auto kernels = attribute(residual(), {{"conv1", "Conv", 5}, {"conv1_quant", "QuantizeLinear", 1}});
  ASSERT_EQ(kernels.size(), 1u);
  EXPECT_EQ(kernels[0].median_ms, 6);
}

TEST(Attribute, DescribesAKernelByItsLayers) {
  const auto graph = residual();
  const auto kernels = attribute(graph, {{"relu1_nchwc", "Conv", 5}, {"bn2_nchwc", "Conv", 4}});
  EXPECT_EQ(kernels[0].features, cost::features_of(graph, {0, 1, 2}));
  EXPECT_EQ(kernels[0].features.op_type, "Conv");
}

// A layer normalisation written out, whose kernel has a name of the engine's own.
TEST(Attribute, GivesAKernelTheLayersBetweenItsTensors) {
  TestGraph test;
  test.layer("Gemm", "fc", {"input"})
      .layer("ReduceMean", "mean", {"fc"})
      .layer("Sub", "centred", {"fc", "mean"})
      .layer("Pow", "squared", {"centred"})
      .layer("ReduceMean", "variance", {"squared"})
      .layer("Div", "normal", {"centred", "variance"})
      .layer("Gemm", "last", {"normal"});
  const auto kernels = attribute(test.graph, {{"fc", "Gemm", 3, {"input", "weights"}, {"fc"}},
                                              {"Fused_7", "LayerNormalization", 2, {"fc"}, {"normal"}},
                                              {"odd", "Gemm", 1, {"normal"}, {"last"}}});
  EXPECT_THAT(layers_of(kernels), ElementsAre(ElementsAre(0), ElementsAre(1, 2, 3, 4, 5), ElementsAre(6)));
}

TEST(Attribute, AddsChangesOfLayoutToTheKernelThatTheyAreMadeFor) {
  const auto kernels = attribute(residual(), {{"r1", "ReorderInput", 0.5, {"input"}, {"blocked"}},
                                              {"relu1_nchwc", "Conv", 5, {"blocked"}, {"blocked1"}},
                                              {"bn2_nchwc", "Conv", 4, {"blocked1", "blocked1"}, {"blocked2"}},
                                              {"r2", "ReorderOutput", 0.25, {"blocked2"}, {"relu2"}}});
  EXPECT_THAT(layers_of(kernels), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3, 4, 5, 6)));
  EXPECT_EQ(kernels[0].median_ms, 5.5);
  EXPECT_EQ(kernels[0].op_type, "Conv") << "the longest";
  EXPECT_EQ(kernels[1].median_ms, 4.25);
}

TEST(Attribute, GivesAKernelNothingBehindAnotherOnesTensor) {
  TestGraph test;
  test.layer("Conv", "conv", {"input"})
      .layer("Relu", "left", {"conv"})
      .layer("Relu", "right", {"conv"})
      .layer("Conv", "after_right", {"right"});
  const auto kernels = attribute(
      test.graph, {{"conv", "Conv", 5, {"input"}, {"left"}}, {"after_right", "Conv", 1, {"left"}, {"after_right"}}});
  EXPECT_THAT(layers_of(kernels), ElementsAre(ElementsAre(0, 1, 2), ElementsAre(3)));
}

TEST(Attribute, KnowsTheNamesOfFusions) {
  TestGraph test;
  test.layer("Gemm", "/block/fc", {"input"}).layer("Mul", "/act/Mul", {"/block/fc"});
  for (const char* name : {"/block/fc/MatMulAddFusion", "/block/fc/MatMulAddFusion/", "fused /block/fc"})
    EXPECT_THAT(layers_of(attribute(test.graph, {{name, "Gemm", 1}})), ElementsAre(ElementsAre(0, 1))) << name;
  EXPECT_THAT(layers_of(attribute(test.graph, {{"/act/Mul/GeluFusion/_2", "Gelu", 1}})),
              ElementsAre(ElementsAre(0, 1)));
}

TEST(Attribute, OfNothingIsNothing) {
  EXPECT_THAT(attribute(residual(), {}), testing::IsEmpty());
}

// Layers that read one or two of those before them, some of which ran as kernels of odd names.
class RandomRun {
 public:
  explicit RandomRun(unsigned seed) : random_(seed) {
    for (int i = 0; i < 12; ++i) {
      const std::string name = "layer" + std::to_string(i);
      std::vector<std::string> inputs{pick(names_)};
      if (one_in(3) && names_.size() > 2) inputs.push_back(names_[names_.size() - 2]);
      if (inputs.size() == 2 && inputs[0] == inputs[1]) inputs.pop_back();
      test_.layer(pick(kTypes), name, inputs);
      names_.push_back(name);
      if (one_in(2)) kernels.push_back({name + pick(kAdditions), "Conv", 0.5 + i});
      if (one_in(4)) kernels.push_back({"Reorder" + std::to_string(i), "ReorderInput", 0.125});
    }
    std::ranges::shuffle(kernels, random_);
  }

  const model::Graph& graph() const { return test_.graph; }

  std::vector<rpc::KernelTime> kernels;

 private:
  bool one_in(unsigned count) { return random_() % count == 0; }
  const std::string& pick(const std::vector<std::string>& from) { return from[random_() % from.size()]; }

  static inline const std::vector<std::string> kTypes{"Conv", "Relu", "Add", "Pad", "Gemm"};
  static inline const std::vector<std::string> kAdditions{"", "_nchwc", "_token_3"};
  std::mt19937 random_;
  TestGraph test_;
  std::vector<std::string> names_{"input"};
};

TEST(Attribute, GivesNoLayerToTwoKernelsAndLosesNoTime) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const RandomRun run(seed);
    const auto kernels = attribute(run.graph(), run.kernels);
    ASSERT_EQ(kernels.size(), run.kernels.size()) << seed;
    std::vector<int> owners(run.graph().layers.size(), 0);
    double expected_ms = 0;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      expected_ms += run.kernels[i].median_ms;
      EXPECT_EQ(kernels[i].layers.empty(), kernels[i].name.starts_with("Reorder")) << seed;
      EXPECT_TRUE(std::ranges::is_sorted(kernels[i].layers)) << seed;
      for (const std::size_t layer : kernels[i].layers) ++owners[layer];
    }
    EXPECT_THAT(owners, testing::Each(testing::Le(1))) << seed;
    EXPECT_DOUBLE_EQ(sum_ms(kernels), expected_ms) << seed;
  }
}

}  // namespace
}  // namespace tandem::profile
