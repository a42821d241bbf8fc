#include "train/frozen_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_files.h"
#include "engine/fake/fake.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/builder.h"

namespace tandem::train {
namespace {

using base::ElementType;
using base::message_of;
using base::Tensor;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// x → double → answer, and a head beside: x → head.
model::Source source(std::int64_t batch) {
  model::GraphBuilder builder("doubler");
  const base::TensorType type{ElementType::Float32, {batch, 2}};
  builder.input("x", type);
  builder.node("Add", {"x", "x"}, {}, "double");
  builder.node("Neg", {"x"}, {}, "head");
  builder.node("Softmax", {"double"}, {{"axis", 1}}, "answer");
  builder.output("head", type);
  builder.output("answer", type);
  return model::Source::from_part(builder.finish(), "doubler");
}

// Sample i is (i, i + 0.5).
data::Part samples(std::int64_t count) {
  data::Part part;
  part.samples = Tensor::allocate({ElementType::Float32, {count, 2}});
  const auto values = part.samples.mutable_values<float>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i / 2) + (i % 2 == 1 ? 0.5f : 0);
  part.labels.resize(static_cast<std::size_t>(count));
  return part;
}

FrozenFeatures features(std::int64_t batch, const std::vector<std::string>& names, std::size_t most_bytes = 1 << 20) {
  const auto engine = engine::onnx_runtime({.threads = 1});
  const model::Model model = engine::complete(source(batch), *engine);
  const data::Adapter adapter({2}, ElementType::Float32, {ElementType::Float32, {batch, 2}});
  return FrozenFeatures(model, *engine, names, samples(5), adapter, {}, most_bytes);
}

std::vector<float> values_of(const Tensor& tensor) {
  const auto values = tensor.values<float>();
  return {values.begin(), values.end()};
}

TEST(FrozenFeatures, AreThoseOfTheSamplesThatAreAskedFor) {
  const auto batch = features(1, {"double"}).batch(std::vector<std::size_t>{4, 0});
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_EQ(batch.at("double").shape(), (base::Shape{2, 2}));
  EXPECT_THAT(values_of(batch.at("double")), ElementsAre(8, 9, 0, 1));
}

TEST(FrozenFeatures, AreComputedInBatchesOfTheModel) {
  const auto batch = features(3, {"double"}).batch(std::vector<std::size_t>{0, 1, 2, 3, 4});
  EXPECT_THAT(values_of(batch.at("double")), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

TEST(FrozenFeatures, MayBeTheInputItself) {
  const auto batch = features(1, {"x"}).batch(std::vector<std::size_t>{3});
  EXPECT_THAT(values_of(batch.at("x")), ElementsAre(3, 3.5f));
}

TEST(FrozenFeatures, SayHowManySamplesWouldFitIntoMemory) {
  const std::string message = message_of([] { features(1, {"double"}, 16); });
  EXPECT_THAT(message, HasSubstr("the features of 5 samples take"));
  EXPECT_THAT(message, HasSubstr("use --limit 2"));
}

TEST(FrozenFeatures, RunOnlyWhatTheyDependOn) {
  const auto engine = engine::onnx_runtime({.threads = 1});
  const model::Model model = engine::complete(source(1), *engine);
  const data::Adapter adapter({2}, ElementType::Float32, {ElementType::Float32, {1, 2}});
  std::string graph;
  const auto fake = engine::fake_engine([&](const model::Part& part) { graph = part.graph; });
  const FrozenFeatures kept(model, *fake, {"double"}, samples(5), adapter);
  EXPECT_THAT(graph, AllOf(HasSubstr("Add"), Not(HasSubstr("Neg")), Not(HasSubstr("Softmax"))));
}

}  // namespace
}  // namespace tandem::train
