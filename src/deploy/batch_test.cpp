#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/test_parts.h"
#include "engine/onnxruntime/onnx_runtime.h"

namespace tandem::deploy {
namespace {

using testing::ElementsAre;

// The squares of x are an exit: logits of two samples, with four classes each.
class Batch : public testing::Test {
 protected:
  Batch() : engine_(engine::onnx_runtime({.threads = 1})), edge_({.name = "edge"}, *engine_) {
    const base::TensorType type{base::ElementType::Float32, {2, 4}};
    model::GraphBuilder builder("batch");
    builder.input("x", type);
    builder.node("Mul", {"x", "x"}, {}, "early");
    builder.node("Mul", {"early", "x"}, {}, "last");
    for (const char* name : {"early", "last"}) builder.output(name, type);
    const model::Model model(model::Source::from_part(builder.finish(), "batch"), {{"early", type}, {"last", type}});
    parts_ = {agent::deploy(model, 0, 1, edge_), agent::deploy(model, 1, 2, edge_)};
  }

  // The outputs of a request that may end at `early`.
  std::vector<std::string> answers(const std::vector<float>& x) {
    rpc::Hop hop{"edge", parts_, {}, {"last"}, {{1, "early", 0.9, "softmax"}}};
    const auto input = base::Tensor::of<float>({base::ElementType::Float32, {2, 4}}, x);
    const auto reply = edge_.run({7, base::Deadline::never(), {hop}, {{"x", input}}});
    if (!reply.ok()) return {reply.error().message()};
    std::vector<std::string> names;
    for (const auto& tensor : reply.value().tensors) names.push_back(tensor.name);
    return names;
  }

  std::unique_ptr<engine::Engine> engine_;
  agent::Agent edge_;
  std::vector<std::string> parts_;
};

TEST_F(Batch, LeavesAtTheFirstExitWhereEachSampleIsSure) {
  EXPECT_THAT(answers({3, 0, 0, 0, 0, 0, 0, 3}), ElementsAre("early"));
  EXPECT_THAT(answers({3, 0, 0, 0, 1, 1, 1, 1}), ElementsAre("last"));
  EXPECT_THAT(answers({1, 1, 1, 1, 3, 0, 0, 0}), ElementsAre("last"));
}

}  // namespace
}  // namespace tandem::deploy
