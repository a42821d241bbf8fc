// A stage that takes bytes answers what the stage would on the values that the bytes stand for.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/passes/dequantize.h"
#include "zoo/zoo.h"

namespace tandem {
namespace {

constexpr float kScale = 0.05f;
constexpr int kZero = 7;

base::Tensor dequantized(const base::Tensor& codes) {
  auto values = base::Tensor::allocate({base::ElementType::Float32, codes.shape()});
  std::ranges::transform(codes.values<std::uint8_t>(), values.mutable_values<float>().begin(),
                         [](std::uint8_t code) { return kScale * static_cast<float>(code - kZero); });
  return values;
}

base::Tensor some_codes(const base::Shape& shape) {
  auto codes = base::Tensor::allocate({base::ElementType::UInt8, shape});
  std::uint8_t next = 0;
  for (auto& code : codes.mutable_values<std::uint8_t>()) code = next = static_cast<std::uint8_t>(37 * next + 11);
  return codes;
}

TEST(QuantizedInputs, GiveTheAnswerOfTheDequantizedOnes) {
  const auto engine = engine::onnx_runtime({.threads = 1});
  const auto model = engine::complete(model::Source::from_part(zoo::build("lenet5"), "lenet5"), *engine);
  const auto cut = std::ranges::find_if(model.cuts(), [](const model::Cut& each) { return each.tensors.size() == 1; });
  ASSERT_NE(cut, model.cuts().end());
  const model::Part stage = model.extract(cut->position, model.graph().layers.size());
  const model::Part quantized = model::with_quantized_inputs(stage, {{stage.inputs.at(0).name, kScale, kZero}});
  const base::Tensor codes = some_codes(stage.inputs[0].type.shape);
  const auto expected = engine->load(stage)->run({dequantized(codes)});
  const auto session = engine->load(quantized);
  EXPECT_EQ(session->inputs().at(0), quantized.inputs.at(0));
  const auto answer = session->run({codes});
  ASSERT_EQ(answer.size(), expected.size());
  EXPECT_LE(base::relative_difference(answer[0], expected[0]), 1e-5);
}

}  // namespace
}  // namespace tandem
