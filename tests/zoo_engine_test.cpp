// The zoo's networks run in the real engine, and their activations are as healthy as those of trained networks.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/onnxruntime/onnx_runtime.h"
#include "model/model.h"
#include "zoo/zoo.h"

namespace tandem {
namespace {

double standard_deviation(std::span<const float> values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  const double sum = std::accumulate(values.begin(), values.end(), 0.0,
                                     [&](double total, float x) { return total + (x - mean) * (x - mean); });
  return std::sqrt(sum / count);
}

// The values that each tensor of a network takes on one image of noise.
std::vector<base::NamedTensor> run_all_tensors(const std::string& name) {
  const auto source = model::Source::from_part(zoo::build(name), name);
  const auto engine = engine::onnx_runtime();
  const auto session = engine->load(source.with_all_tensors_as_outputs(), engine::Optimization::None);
  const auto values = session->run(engine::made_up_inputs(session->inputs()));
  std::vector<base::NamedTensor> tensors;
  for (std::size_t i = 0; i < values.size(); ++i) tensors.push_back({session->outputs()[i].name, values[i]});
  return tensors;
}

bool is_answer(const std::string& name, const model::Part& part) {
  return std::ranges::any_of(part.outputs, [&](const auto& output) { return output.name == name; });
}

class ZooInTheEngine : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Small, ZooInTheEngine,
                         testing::Values("lenet5", "alexnet5", "mobilenet", "mobilenetv2", "resnet50", "densenet121"),
                         [](const auto& each) { return each.param; });

TEST_P(ZooInTheEngine, KeepsActivationsAndAnswersInBounds) {
  const auto part = zoo::build(GetParam());
  for (const auto& [name, tensor] : run_all_tensors(GetParam())) {
    if (tensor.element() != base::ElementType::Float32) continue;
    const auto values = tensor.values<float>();
    if (is_answer(name, part)) {
      EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0), 1, 1e-4) << name;
      EXPECT_LT(std::ranges::max(values), 0.99) << name;
      EXPECT_GT(std::ranges::max(values), 2.0 / static_cast<double>(values.size())) << name;
    } else if (values.size() > 1) {
      EXPECT_GT(standard_deviation(values), 0.05) << name;
      EXPECT_LT(standard_deviation(values), 50) << name;
    }
  }
}

}  // namespace
}  // namespace tandem
