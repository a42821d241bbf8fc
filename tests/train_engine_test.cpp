// The zoo's networks compute the same under libtorch, where they are trained, as in the engine, where they run.
#include <gtest/gtest.h>

#include "engine/onnxruntime/onnx_runtime.h"
#include "model/model.h"
#include "train/network.h"
#include "zoo/zoo.h"

namespace tandem {
namespace {

std::vector<std::string> names() {
  std::vector<std::string> names;
  for (const auto& architecture : zoo::list()) names.push_back(architecture.name);
  return names;
}

class ZooUnderAutograd : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, ZooUnderAutograd, testing::ValuesIn(names()),
                         [](const auto& each) { return each.param; });

TEST_P(ZooUnderAutograd, ComputesWhatTheEngineComputes) {
  const auto part = zoo::build(GetParam());
  train::Network network(model::read_program(model::Source::from_part(part, GetParam())));
  // Layer by layer: what the engine fuses rounds otherwise, by as much as the bound for some.
  const auto session = engine::onnx_runtime()->load(part, engine::Optimization::None);
  const auto inputs = engine::made_up_inputs(session->inputs());
  const auto expected = session->run(inputs);
  const at::NoGradGuard guard;
  const auto actual = network.run({{"input", train::to_torch(inputs[0])}}, network.program().outputs);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& name = session->outputs()[i].name;
    EXPECT_LT(base::relative_difference(train::from_torch(actual.at(name)), expected[i]), 1e-4) << name;
  }
}

}  // namespace
}  // namespace tandem
