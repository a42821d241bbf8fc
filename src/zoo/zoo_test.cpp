#include "zoo/zoo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/digest.h"
#include "base/error.h"
#include "model/model.h"

namespace tandem::zoo {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The table of Keras applications, 1000 classes, top included; AlexNet as Caffe counts it, LeNet-5 as its paper does
// with every map of C3 reading all of S2. alexnet5 is our reading of Edgent's figure.
const std::map<std::string, std::int64_t> kPublishedParameters = {
    {"xception", 22'910'480},    {"vgg16", 138'357'544},      {"vgg19", 143'667'240},
    {"resnet50", 25'636'712},    {"resnet101", 44'707'176},   {"resnet152", 60'419'944},
    {"resnet50v2", 25'613'800},  {"resnet101v2", 44'675'560}, {"resnet152v2", 60'380'648},
    {"inceptionv3", 23'851'784}, {"mobilenet", 4'253'864},    {"inceptionresnetv2", 55'873'736},
    {"mobilenetv2", 3'538'984},  {"densenet121", 8'062'504},  {"densenet169", 14'307'880},
    {"densenet201", 20'242'984}, {"nasnetlarge", 88'949'818}, {"nasnetmobile", 5'326'716},
    {"alexnet", 60'965'224},     {"lenet5", 61'706},          {"alexnet5", 896'370},
    {"resnet20", 274'042},
};

model::Model model_of(const std::string& name) {
  return {model::Source::from_part(build(name), name), {}};
}

std::string digest_with(const Options& options) {
  const auto part = build("nasnetmobile", options);
  base::Digester digester;
  digester.add(part.graph);
  for (const auto& weight : part.weights) digester.add(weight.tensor.bytes());
  return digester.finish();
}

// Layers on the way to an output, as Edgent counts them: without flattening and softmax.
int layers_to(const model::Graph& graph, const std::string& output) {
  const std::set<std::string> uncounted{"Flatten", "Softmax"};
  std::set<model::TensorId> needed;
  int count = 0;
  for (auto layer = graph.layers.rbegin(); layer != graph.layers.rend(); ++layer) {
    const bool is_on_the_way = std::ranges::any_of(
        layer->outputs, [&](auto tensor) { return needed.contains(tensor) || graph.tensors[tensor].name == output; });
    if (!is_on_the_way) continue;
    needed.insert(layer->inputs.begin(), layer->inputs.end());
    if (!uncounted.contains(layer->op_type)) ++count;
  }
  return count;
}

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& info : list()) names.push_back(info.name);
  return names;
}

class EachArchitecture : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Zoo, EachArchitecture, testing::ValuesIn(names()),
                         [](const auto& each) { return each.param; });

TEST_P(EachArchitecture, HasAsManyParametersAsPublished) {
  EXPECT_EQ(model_of(GetParam()).graph().parameters, kPublishedParameters.at(GetParam()));
}

TEST(Zoo, ListsThePublishedParameters) {
  std::map<std::string, std::int64_t> listed;
  for (const auto& info : list()) listed[info.name] = info.parameters;
  EXPECT_EQ(listed, kPublishedParameters);
}

TEST(Zoo, GivesAlexNet5FiveExitsAsDeepAsEdgents) {
  const auto model = model_of("alexnet5");
  std::vector<int> layers;
  for (const auto& exit : model.exits()) layers.push_back(layers_to(model.graph(), exit));
  EXPECT_THAT(layers, ElementsAre(12, 16, 19, 20, 22));
}

TEST(Zoo, MakesTheSameGraphAndWeightsOnEveryMachine) {
  EXPECT_EQ(digest_with({.seed = 1}), "c3b612371e9ba1211c840b9128791bc9d421e43aec4a57b573b8a0db404e87e9");
}

TEST(Zoo, MakesOtherWeightsFromAnotherSeed) {
  EXPECT_NE(digest_with({.seed = 2}), digest_with({.seed = 1}));
}

TEST(Zoo, TakesTheNumberOfClasses) {
  const auto part = build("lenet5", {.classes = 7});
  EXPECT_EQ(part.outputs.at(0).type.shape, (base::Shape{1, 7}));
}

TEST(Zoo, NamesTheKnownArchitecturesWhenOneIsUnknown) {
  try {
    build("lenet6");
    FAIL() << "built an unknown architecture";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::NotFound);
    EXPECT_THAT(error.message(), HasSubstr("lenet5"));
  }
}

TEST(Zoo, RefusesANegativeNumberOfClasses) {
  EXPECT_THROW(build("lenet5", {.classes = -1}), base::Error);
}

TEST(ByteInput, TakesPixelsAndAddsNoParameters) {
  const auto part = build("lenet5", {.seed = 1, .classes = 0, .byte_input = true});
  EXPECT_EQ(part.inputs.at(0).type, (base::TensorType{base::ElementType::UInt8, {1, 1, 28, 28}}));
  EXPECT_EQ(part.weights.size(), build("lenet5").weights.size());
}

}  // namespace
}  // namespace tandem::zoo
