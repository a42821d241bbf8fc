#include "tune/study.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/builder.h"

namespace tandem::tune {
namespace {

const base::TensorType kPair{base::ElementType::Float32, {1, 2}};

data::Dataset pairs() {
  data::Dataset dataset;
  dataset.test = {base::Tensor::of<float>({base::ElementType::Float32, {1, 2}}, std::array<float, 2>{1, 2}), {0}};
  return dataset;
}

model::Part sum_of(const std::vector<std::string>& inputs) {
  model::GraphBuilder builder("sum");
  for (const auto& input : inputs) builder.input(input, kPair);
  builder.node("Add", {inputs.front(), inputs.back()}, {}, "y");
  builder.output("y", kPair);
  return builder.finish();
}

TEST(Study, AdaptsTheSamplesToTheOneInput) {
  const auto engine = engine::onnx_runtime({.threads = 1});
  const auto model = engine::complete(model::Source::from_part(sum_of({"x"}), "one.onnx"), *engine);
  const data::Dataset dataset = pairs();
  const std::size_t first = 0;
  const base::Tensor batch = adapter_of({model, *engine, dataset}).batch(dataset.test, std::span(&first, 1));
  EXPECT_THAT(batch.values<float>(), testing::ElementsAre(1, 2));
}

TEST(Study, RefusesAModelWithSeveralInputs) {
  const auto engine = engine::onnx_runtime({.threads = 1});
  const auto model = engine::complete(model::Source::from_part(sum_of({"x", "z"}), "two.onnx"), *engine);
  const data::Dataset dataset = pairs();
  try {
    adapter_of({model, *engine, dataset});
    FAIL() << "no error";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::InvalidInput);
    EXPECT_EQ(error.message(), "two.onnx: 2 inputs, expected one: a data set has one tensor a sample");
  }
}

}  // namespace
}  // namespace tandem::tune
