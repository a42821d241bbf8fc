#include "workspace/cut_check.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/error.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "model/builder.h"

namespace tandem::workspace {
namespace {

// Counts what is loaded, and refuses parts that neither begin nor end the model, if asked to.
class WatchedEngine : public engine::Engine {
 public:
  explicit WatchedEngine(bool refuses_middles = false) : refuses_middles_(refuses_middles) {}

  std::string name() const override { return inner_->name(); }
  int threads() const override { return inner_->threads(); }
  std::unique_ptr<engine::Session> load(const model::Part& part, engine::Optimization optimization) override {
    ++loaded;
    if (refuses_middles_ && part.inputs[0].name != "x" && part.outputs[0].name != "y")
      throw base::Error(base::ErrorKind::InvalidInput, "a part in the middle");
    return inner_->load(part, optimization);
  }
  std::vector<engine::KernelTime> time_kernels(const model::Part& part, const std::vector<base::Tensor>& inputs,
                                               int runs, const std::stop_token& stop) override {
    return inner_->time_kernels(part, inputs, runs, stop);
  }

  int loaded = 0;

 private:
  const std::unique_ptr<engine::Engine> inner_ = engine::onnx_runtime({.threads = 1});
  const bool refuses_middles_;
};

// Eight sigmoids in a row: seven cuts.
model::Model chain() {
  constexpr int kLayers = 8;
  const base::TensorType type{base::ElementType::Float32, {1, 4}};
  model::GraphBuilder builder("chain");
  std::string tensor = builder.input("x", type);
  for (int i = 1; i <= kLayers; ++i)
    tensor = builder.node("Sigmoid", {tensor}, {}, i == kLayers ? "y" : fmt::format("a{}", i));
  builder.output(tensor, type);
  const auto engine = engine::onnx_runtime({.threads = 1});
  return engine::complete(model::Source::from_part(builder.finish(), "chain"), *engine);
}

CutCheck check(WatchedEngine& engine, double tolerance = 1e-4) {
  const auto model = chain();
  return check_cuts(model, engine, engine::made_up_inputs(model), {.tolerance = tolerance});
}

TEST(CutCheck, LoadsEachPartBetweenNeighbouringCutsOnce) {
  WatchedEngine engine;
  const CutCheck found = check(engine);
  EXPECT_TRUE(found.is_equal);
  EXPECT_EQ(found.checked, 7u);
  EXPECT_EQ(found.splits, 1u);
  EXPECT_EQ(engine.loaded, 8 + 2) << "the parts, and the whole as optimised and as in the file";
}

TEST(CutCheck, ChecksCutsAloneWhereTheChainDiffers) {
  WatchedEngine engine;
  const CutCheck found = check(engine, -1);
  EXPECT_FALSE(found.is_equal);
  EXPECT_EQ(found.checked, 7u);
  EXPECT_EQ(found.splits, 13u) << "seven cuts, and the groups above them";
  EXPECT_EQ(found.worst.first, found.worst.second);
}

TEST(CutCheck, ChecksCutsAloneWhereTheEngineRefusesAPart) {
  WatchedEngine engine(true);
  const CutCheck found = check(engine);
  EXPECT_TRUE(found.is_equal);
  EXPECT_EQ(found.checked, 7u);
  EXPECT_GT(found.splits, 7u);
}

TEST(CutCheck, ProvesNothingOfARandomModel) {
  WatchedEngine engine;
  const base::TensorType type{base::ElementType::Float32, {1, 4}};
  for (const char* op_type : {"RandomNormalLike", "RandomUniformLike"}) {
    model::GraphBuilder builder("random");
    builder.input("x", type);
    builder.constant("half", base::Tensor::of<float>(type, std::vector<float>(4, 0.5F)));
    builder.node(op_type, {"half"}, {}, "drawn");
    builder.output(builder.node("Add", {"x", "drawn"}, {}, "y"), type);
    const auto model = engine::complete(model::Source::from_part(builder.finish(), "random"), engine);
    const CutCheck found = check_cuts(model, engine, engine::made_up_inputs(model), {});
    EXPECT_TRUE(found.noise.is_random()) << op_type;
    EXPECT_FALSE(found.is_equal) << op_type;
    EXPECT_EQ(found.splits, 0u) << op_type;
  }
}

}  // namespace
}  // namespace tandem::workspace
