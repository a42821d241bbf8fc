#include "profile/attribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

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

TEST(Attribute, GivesEachLayerItsOwnKernel) {
  const auto result = attribute(residual(), {{"conv1", "Conv", 4},
                                             {"bn1", "BatchNormalization", 1},
                                             {"relu1", "Relu", 0.5},
                                             {"conv2", "Conv", 3},
                                             {"bn2", "BatchNormalization", 1},
                                             {"add", "Add", 0.25},
                                             {"relu2", "Relu", 0.5}});
  EXPECT_THAT(result.layer_ms, ElementsAre(4, 1, 0.5, 3, 1, 0.25, 0.5));
  EXPECT_THAT(result.ends_kernel, testing::Each(true));
  EXPECT_EQ(result.unattributed_ms, 0);
}

TEST(Attribute, GivesAFusedKernelTheLayersAroundItsName) {
  const auto result = attribute(residual(), {{"relu1_nchwc", "Conv", 5}, {"bn2_nchwc", "Conv", 4}});
  EXPECT_THAT(result.layer_ms, ElementsAre(5, 0, 0, 4, 0, 0, 0));
  EXPECT_THAT(result.ends_kernel, ElementsAre(false, false, true, false, false, false, true));
}

TEST(Attribute, GivesLayersWithoutAKernelToTheOneBeforeThem) {
  const auto result = attribute(residual(), {{"conv1", "Conv", 5}, {"conv2_nchwc", "Conv", 4}});
  EXPECT_THAT(result.layer_ms, ElementsAre(5, 0, 0, 4, 0, 0, 0));
  EXPECT_THAT(result.ends_kernel, ElementsAre(false, false, true, false, false, false, true));
}

TEST(Attribute, GivesAPaddingInFrontToItsConvolution) {
  TestGraph test;
  test.layer("Pad", "pad", {"input"}).layer("Conv", "conv", {"pad"}).layer("Relu", "relu", {"conv"});
  const auto result = attribute(test.graph, {{"relu_nchwc", "Conv", 5}});
  EXPECT_THAT(result.layer_ms, ElementsAre(5, 0, 0));
  EXPECT_THAT(result.ends_kernel, ElementsAre(false, false, true));
}

TEST(Attribute, FindsLayersBehindWhatEnginesAddToTheirNames) {
  TestGraph test;
  test.layer("Conv", "block_1", {"input"}).layer("Gemm", "fc", {"block_1"});
  const auto result = attribute(test.graph, {{"fused block_1_token_0", "Conv", 2}, {"fc", "Gemm", 3}});
  EXPECT_THAT(result.layer_ms, ElementsAre(2, 3));
}

TEST(Attribute, PutsWhatBelongsToNoLayerAside) {
  const auto result = attribute(residual(), {{"ReorderInput", "ReorderInput", 0.75}, {"relu1", "Conv", 5}});
  EXPECT_EQ(result.unattributed_ms, 0.75);
  EXPECT_EQ(std::accumulate(result.layer_ms.begin(), result.layer_ms.end(), 0.0), 5);
}

TEST(Attribute, AddsUpTwoKernelsOfOneLayer) {
  const auto result = attribute(residual(), {{"conv1", "Conv", 5}, {"conv1_quant", "QuantizeLinear", 1}});
  EXPECT_EQ(result.layer_ms[0], 6);
}

TEST(Attribute, OfNothingIsNothing) {
  const auto result = attribute(residual(), {});
  EXPECT_THAT(result.layer_ms, testing::Each(0));
  EXPECT_THAT(result.ends_kernel, testing::Each(true));
}

}  // namespace
}  // namespace tandem::profile
