#include "cost/regression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/error.h"
#include "cost/test_graphs.h"

namespace tandem::cost {
namespace {

using testing::ElementsAre;

// A machine whose kernel times are a constant plus a cost per multiply-accumulate and byte, give or take `noise`.
class Machine {
 public:
  explicit Machine(double noise = 0) : noise_(noise) {}

  KernelSample kernel(const std::string& model, const std::string& op_type = "Conv") {
    KernelSample sample;
    sample.model = model;
    Features& features = sample.features;
    features.op_type = op_type;
    features.multiply_accumulates = op_type == "Conv" ? between(1e5, 1e8) : 0;
    features.input_bytes = between(1e4, 1e6);
    features.output_bytes = between(1e4, 1e6);
    features.kernel_elements = features.groups = 1;
    features.input_maps = features.filters = 32;
    const double typical = 0.01 + features.multiply_accumulates / 2e7 + features.input_bytes / 4e6;
    sample.ms = typical * std::exp(noise_ * std::normal_distribution<double>()(random_));
    return sample;
  }

  std::vector<KernelSample> models(int count, int kernels_each = 30) {
    std::vector<KernelSample> samples;
    for (int model = 0; model < count; ++model) {
      for (int i = 0; i < kernels_each; ++i)
        samples.push_back(kernel("model" + std::to_string(model), i % 3 == 0 ? "Concat" : "Conv"));
    }
    return samples;
  }

 private:
  double between(double low, double high) {
    return std::exp(std::uniform_real_distribution<double>(std::log(low), std::log(high))(random_));
  }

  double noise_;
  std::mt19937 random_{3};
};

std::vector<Features> features_of(const std::vector<KernelSample>& samples) {
  std::vector<Features> features;
  for (const auto& sample : samples) features.push_back(sample.features);
  return features;
}

TEST(Regression, FindsALinearLaw) {
  Machine machine;
  const Regression regression(machine.models(3));
  for (const auto& kernel : machine.models(1)) {
    const auto predicted = regression.predict(kernel.features);
    EXPECT_NEAR(predicted.ms / kernel.ms, 1, 0.02);
    EXPECT_LE(predicted.low_ms, predicted.high_ms);
  }
  EXPECT_EQ(regression.sample_count(), 90u);
  EXPECT_EQ(regression.model_count(), 3u);
}

TEST(Regression, GivesTheSameTwice) {
  const auto samples = Machine(0.3).models(4);
  const auto features = samples[1].features;
  EXPECT_EQ(Regression(samples).predict(features).ms, Regression(samples).predict(features).ms);
}

TEST(Regression, HoldsNineOfTenKernelsInItsInterval) {
  Machine machine(0.4);
  const Regression regression(machine.models(8, 100));
  int inside = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto kernel = machine.kernel("another");
    const auto predicted = regression.predict(kernel.features);
    if (predicted.low_ms <= kernel.ms && kernel.ms <= predicted.high_ms) ++inside;
  }
  EXPECT_NEAR(inside, 900, 30);
}

TEST(Regression, TrustsAWholeModelMoreThanItsKernels) {
  Machine machine(0.4);
  const Regression regression(machine.models(10));
  const auto another = machine.models(1);
  const auto whole = regression.predict_whole(features_of(another));
  double low_ms = 0, measured_ms = 0;
  for (const auto& kernel : another) {
    measured_ms += kernel.ms;
    low_ms += regression.predict(kernel.features).low_ms;
  }
  EXPECT_GT(whole.low_ms, low_ms);
  EXPECT_LT(whole.low_ms, measured_ms);
  EXPECT_GT(whole.high_ms, measured_ms);
}

TEST(Regression, AssumesTheSameErrorForAllKernelsWithFewModels) {
  Machine machine(0.4);
  const Regression regression(machine.models(3));
  const auto another = machine.models(1);
  double high_ms = 0;
  for (const auto& kernel : another) high_ms += regression.predict(kernel.features).high_ms;
  EXPECT_DOUBLE_EQ(regression.predict_whole(features_of(another)).high_ms, high_ms);
}

TEST(Regression, PredictsAnUnseenKindFromAllKernels) {
  Machine machine;
  const Regression regression(machine.models(3));
  auto kernel = machine.kernel("another", "LayerNormalization");
  const auto predicted = regression.predict(kernel.features);
  EXPECT_NEAR(predicted.ms / kernel.ms, 1, 0.1);
  EXPECT_GT(predicted.high_ms, 0);
}

TEST(Regression, OfOneModelHasAWideInterval) {
  Machine machine(0.1);
  const Regression regression(machine.models(1));
  const auto predicted = regression.predict(machine.kernel("another").features);
  EXPECT_GT(predicted.ms, 0);
  EXPECT_LE(predicted.low_ms, predicted.ms / 2);
  EXPECT_GE(predicted.high_ms, predicted.ms * 2);
}

TEST(Regression, NeedsAKernelToLearnFrom) {
  EXPECT_THROW(Regression({}), base::Error);
  EXPECT_THROW(Regression({KernelSample{"model", {}, 0}}), base::Error);
}

TEST(Regression, WithEdgentsTermsIgnoresMultiplyAccumulates) {
  Machine machine;
  const Regression regression(machine.models(3), Terms::Edgent);
  Features features = machine.kernel("another").features;
  const double before_ms = regression.predict(features).ms;
  features.multiply_accumulates *= 10;
  EXPECT_EQ(regression.predict(features).ms, before_ms);
}

TEST(SamplesOf, AddUpToTheTimeWithoutInstruments) {
  Examination examination;
  examination.identity.model = "m";
  examination.kernels = {{"a", "Conv", 3, {0}, {}}, {"reorder", "ReorderOutput", 2, {}, {}}, {"b", "Relu", 1, {1}, {}}};
  const auto samples = samples_of(examination, 2);
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[0].model, "m");
  EXPECT_DOUBLE_EQ(samples[0].ms, 1.5);
  EXPECT_DOUBLE_EQ(samples[1].ms, 0.5);
}

TEST(PredictModel, AddsUpAndCutsNoKernel) {
  TestGraph test;
  test.layer("Conv", "conv", {"input"}).layer("Relu", "relu", {"conv"}).layer("Concat", "concat", {"relu", "input"});
  const Identity identity{"model", "target", "machine", "engine"};
  const auto costs = predict_model(test.graph, identity, Regression(Machine().models(5)), 0.2);
  EXPECT_TRUE(costs.is_predicted);
  EXPECT_EQ(costs.identity, identity);
  EXPECT_THAT(costs.ends_kernel, ElementsAre(false, true, true));
  EXPECT_EQ(costs.layer_ms[1], 0);
  EXPECT_DOUBLE_EQ(costs.stage_overhead_ms, 0.2);
  EXPECT_DOUBLE_EQ(costs.whole_ms, costs.stage_overhead_ms + costs.layer_ms[0] + costs.layer_ms[2]);
  EXPECT_LE(costs.whole_low_ms, costs.whole_ms);
  EXPECT_GE(costs.whole_high_ms, costs.whole_ms);
}

}  // namespace
}  // namespace tandem::cost
