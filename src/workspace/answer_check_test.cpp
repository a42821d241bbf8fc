#include "workspace/answer_check.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/test_files.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "model/builder.h"
#include "workspace/workspace.h"

namespace tandem::workspace {
namespace {

// y = Relu(x) of four values, answered by a plan that crosses one link.
class AnswerCheckTest : public testing::Test {
 protected:
  static model::Model relu(engine::Engine& engine) {
    const base::TensorType type{base::ElementType::Float32, {1, 4}};
    model::GraphBuilder builder("relu");
    builder.input("x", type);
    builder.node("Relu", {"x"}, {}, "y");
    builder.output("y", type);
    return engine::complete(model::Source::from_part(builder.finish(), "relu.onnx"), engine);
  }
  static Workspace make_workspace(const std::string& store) {
    auto engine = engine::onnx_runtime({.threads = 1});
    model::Model model = relu(*engine);
    fleet::Fleet fleet;
    fleet.targets = {{"device", fleet::Tier::Device, fleet::kHere}};
    return {std::move(engine), std::move(model), std::move(fleet), store};
  }
  // The answer with this added to its last value.
  AnswerCheck check(float error, const std::string& codec = plan::kRaw) {
    deploy::Answer answer;
    answer.outputs = engine::run_whole(workspace_.model(), workspace_.engine(), inputs_);
    answer.outputs[0].tensor.mutable_values<float>()[3] += error;
    plan::Plan plan;
    plan.stages.resize(2);
    plan.stages[0].sent = {{"x", codec, 16}};
    return check_answer(workspace_.model(), workspace_.engine(), plan, inputs_, answer);
  }

  base::TemporaryFolder folder_;
  Workspace workspace_ = make_workspace(folder_ / "costs.db");
  std::vector<base::NamedTensor> inputs_ = {
      {"x", base::Tensor::of<float>({base::ElementType::Float32, {1, 4}}, std::array{0.25f, 0.5f, 0.0f, 1.0f})}};
};

TEST_F(AnswerCheckTest, TakesTheSameAnswer) {
  EXPECT_TRUE(check(0).is_same);
  EXPECT_EQ(check(0).difference, 0);
  EXPECT_TRUE(check(1e-5f).is_same);
}

TEST_F(AnswerCheckTest, RefusesAnother) {
  for (const float error : {0.56f, 0.01f, INFINITY, NAN}) {
    EXPECT_FALSE(check(error).is_same) << error;
    EXPECT_GT(check(error).difference, 0.001) << error;
  }
}

TEST_F(AnswerCheckTest, AllowsEncodedTensorsATenth) {
  EXPECT_TRUE(check(0.05f, "int8").is_same);
  EXPECT_FALSE(check(0.56f, "int8").is_same);
  EXPECT_FALSE(check(INFINITY, "int8").is_same);
}

}  // namespace
}  // namespace tandem::workspace
