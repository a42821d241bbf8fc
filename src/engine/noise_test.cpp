#include "engine/noise.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <functional>

#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "model/builder.h"

namespace tandem::engine {
namespace {

using base::ElementType;
using base::Tensor;

Engine& shared_engine() {
  static const auto instance = onnx_runtime({.threads = 1});
  return *instance;
}

Tensor vector_of(const std::vector<float>& values) {
  return Tensor::of<float>({ElementType::Float32, {1, static_cast<std::int64_t>(values.size())}}, values);
}

Tensor integer(std::int64_t value) {
  return Tensor::of<std::int64_t>({ElementType::Int64, {1}}, std::array{value});
}

Noise noise_of(const model::Model& model, unsigned seed = 1) {
  const auto inputs = made_up_inputs(model, seed);
  return noise_of(model, shared_engine(), inputs, run_whole(model, shared_engine(), inputs));
}

Noise noise_of_layers(const std::function<std::string(model::GraphBuilder&)>& add_layers) {
  const base::TensorType type{ElementType::Float32, {1, 64}};
  model::GraphBuilder builder("noisy");
  builder.input("x", type);
  builder.output(add_layers(builder), type);
  const model::Model model = complete(model::Source::from_part(builder.finish(), "noisy"), shared_engine());
  return noise_of(model);
}

TEST(NoiseOf, IsSmallForAnOrdinaryModel) {
  const Noise noise = noise_of_layers([](model::GraphBuilder& builder) {
    builder.weight("w", Tensor::of<float>({ElementType::Float32, {64, 64}}, std::vector<float>(64 * 64, 0.1F)));
    builder.node("MatMul", {"x", "w"}, {}, "made");
    return builder.node("Relu", {"made"}, {}, "y");
  });
  ASSERT_EQ(noise.outputs.size(), 1u);
  EXPECT_EQ(noise.outputs[0].name, "y");
  EXPECT_FALSE(noise.is_random());
  EXPECT_LE(noise.largest(), 1e-4);
}

TEST(NoiseOf, TellsAModelThatDrawsNumbers) {
  const Noise noise = noise_of_layers([](model::GraphBuilder& builder) {
    builder.node("RandomNormalLike", {"x"}, {}, "drawn");
    return builder.node("Add", {"x", "drawn"}, {}, "y");
  });
  EXPECT_TRUE(noise.is_random());
  EXPECT_GT(noise.between_runs, 1e-3);
}

// Multiplied by 0, two draws are the same.
TEST(NoiseOf, TellsAModelThatDrawsTheSameNumbersTwice) {
  const Noise noise = noise_of_layers([](model::GraphBuilder& builder) {
    builder.weight("nothing", Tensor::of<float>({ElementType::Float32, {}}, std::array{0.F}));
    builder.node("RandomNormalLike", {"x"}, {}, "drawn");
    return builder.node("Mul", {"drawn", "nothing"}, {}, "y");
  });
  EXPECT_EQ(noise.between_runs, 0);
  EXPECT_TRUE(noise.is_random());
}

TEST(NoiseOf, TellsADropoutThatWasLeftTraining) {
  const Noise noise = noise_of_layers([](model::GraphBuilder& builder) {
    builder.weight("ratio", Tensor::of<float>({ElementType::Float32, {}}, std::array{0.5F}));
    builder.weight("is_training", Tensor::of<std::uint8_t>({ElementType::Bool, {}}, std::array<std::uint8_t, 1>{1}));
    return builder.node("Dropout", {"x", "ratio", "is_training"}, {}, "y");
  });
  EXPECT_TRUE(noise.is_random());
}

// The engine computes it in float32, and rounds only what leaves a stage.
TEST(NoiseOf, IsAtLeastTheRoundingOfHalfPrecision) {
  const base::TensorType type{ElementType::Float16, {1, 8}};
  model::GraphBuilder builder("half");
  builder.input("x", type);
  builder.node("Exp", {"x"}, {}, "a");
  builder.output(builder.node("Mul", {"a", "x"}, {}, "y"), type);
  const model::Model model = complete(model::Source::from_part(builder.finish(), "half"), shared_engine());
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const Noise noise = noise_of(model, seed);
    EXPECT_FALSE(noise.is_random());
    EXPECT_GE(noise.largest(), 0x1p-11);
    SplitVerifier verifier(model, shared_engine(), seed);
    for (const auto& cut : model.cuts()) EXPECT_TRUE(verifier.judge({cut.position}, noise, 1e-4).is_same) << seed;
  }
}

TEST(IsSame, AllowsWhatTheModelDiffersByItself) {
  const Tensor expected = vector_of({1, 0.5F, -0.25F});
  const Tensor actual = vector_of({1, 0.503F, -0.25F});
  EXPECT_FALSE(is_same(actual, expected, {"y", 0}, 1e-4));
  EXPECT_FALSE(is_same(actual, expected, {"y", 5e-4}, 1e-4));
  EXPECT_TRUE(is_same(actual, expected, {"y", 1e-3}, 1e-4));
  EXPECT_TRUE(is_same(actual, expected, {"y", 0}, 1e-2));
}

TEST(IsSame, IsNotExcusedByNoiseThatSaysNothing) {
  EXPECT_FALSE(is_same(vector_of({1, 0}), vector_of({1, 0.9F}), {"y", 0.5}, 1e-4));
  EXPECT_FALSE(is_same(vector_of({NAN, 0}), vector_of({1, 0}), {"y", INFINITY}, 1e-4));
}

TEST(IsSame, ComparesIntegersExactly) {
  EXPECT_TRUE(is_same(integer(7), integer(7), {"y", 0}, 1e-4));
  EXPECT_FALSE(is_same(integer(7), integer(8), {"y", 1}, 1));
}

TEST(IsSame, WantsTheLargestValueAtTheSamePlace) {
  const Tensor expected = vector_of({0.5F, 0.45F, -100});
  const Tensor other = vector_of({0.45F, 0.5F, -100});
  EXPECT_TRUE(is_same(other, expected, {"y", 2e-4}, 1e-4)) << "a tie within the noise";
  EXPECT_FALSE(is_same(vector_of({0.999F, 1, 0}), vector_of({1, 0.9F, 0}), {"y", 0.02}, 1e-4));
  EXPECT_TRUE(is_same(vector_of({0.97F, 1, 0}), vector_of({1, 0.93F, 0}), {"y", 0.02, false}, 1e-4))
      << "the model's own runs disagree";
}

}  // namespace
}  // namespace tandem::engine
