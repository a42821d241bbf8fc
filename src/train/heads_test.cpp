#include "train/heads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/program.h"
#include "train/places.h"
#include "train/structure.h"
#include "train/test_network.h"

namespace tandem::train {
namespace {

using base::ElementType;
using base::Shape;
using testing::ElementsAre;

// A graph whose answer does not depend on x, and a head that reads x itself.
model::Source with_head(const Head& head, const Shape& shape, const HeadAnswer& answer, double mean_square = 1,
                        std::uint64_t seed = 1) {
  model::GraphBuilder builder("with_head");
  builder.input("x", {ElementType::Float32, shape});
  builder.node("Relu", {"x"}, {}, "trunk");
  Random random(seed);
  attach_head(builder, head, {"trunk", shape, mean_square}, answer, random);
  builder.node("Neg", {"trunk"}, {}, "answer");
  builder.output("answer", {ElementType::Float32, shape});
  builder.metadata("tandem.exits", answer.name + ",answer");
  return model::Source::from_part(builder.finish(), "with_head");
}

std::vector<float> answer_of(const model::Source& source, float scale = 1) {
  const auto engine = engine::onnx_runtime({.threads = 1});
  const auto session = engine->load(model::GraphBuilder(source).finish());
  auto inputs = engine::made_up_inputs(session->inputs());
  for (float& value : inputs[0].mutable_values<float>()) value *= scale;
  const auto answer = session->run(inputs).at(0);
  const auto values = answer.values<float>();
  return {values.begin(), values.end()};
}

TEST(Heads, AreAsLargeAsTheyMay) {
  const Shape picture{1, 16, 32, 32};
  EXPECT_EQ(size_head(picture, 10, 4.1e6).filters, 72);
  EXPECT_EQ(size_head(picture, 10, 1e12).filters, 128);
  EXPECT_EQ(size_head(picture, 10, 1e5).filters, 0);
}

TEST(Heads, AreLinearWhereConvolutionsHaveNothingToSee) {
  EXPECT_EQ(size_head({1, 64, 3, 9}, 10, 1e12).filters, 0);
  EXPECT_EQ(size_head({1, 64}, 10, 1e12).filters, 0);
  EXPECT_EQ(size_head({1, 64}, 10, 0).multiply_accumulates, 640);
}

TEST(Heads, ReadFewerAveragesWhereClassesAreMany) {
  EXPECT_EQ(size_head({1, 16, 32, 32}, 10, 1e5).side, 4);
  EXPECT_EQ(size_head({1, 16, 32, 32}, 1000, 1e5).side, 2);
  EXPECT_EQ(size_head({1, 16, 32, 32}, 1000, 1e3).side, 1);
  EXPECT_EQ(size_head({1, 16, 32, 32}, 10, 4.1e6).side, 4);
  EXPECT_EQ(size_head({1, 16, 32, 32}, 1000, 4.1e6).side, 2);
}

struct Case {
  Shape shape;
  double most;
};
class AHead : public testing::TestWithParam<Case> {
 protected:
  Head head() const { return size_head(GetParam().shape, 5, GetParam().most); }
};
INSTANTIATE_TEST_SUITE_P(Shapes, AHead,
                         testing::Values(Case{{1, 16, 32, 32}, 1e6}, Case{{2, 24, 33, 70}, 1e6},
                                         Case{{1, 8, 5, 4}, 1e5}, Case{{3, 8, 9, 9}, 10}, Case{{2, 12}, 0}));

TEST_P(AHead, TakesWhatTheGraphSays) {
  const auto engine = engine::onnx_runtime({.threads = 1});
  const model::Model model = engine::complete(with_head(head(), GetParam().shape, {"early", 5, true}), *engine);
  EXPECT_EQ(full_cost(model.graph()), head().multiply_accumulates);
}

TEST_P(AHead, AnswersWithANumberForEachClass) {
  const auto logits = answer_of(with_head(head(), GetParam().shape, {"early", 5, false}));
  const auto probabilities = answer_of(with_head(head(), GetParam().shape, {"early", 5, true}));
  ASSERT_EQ(logits.size(), static_cast<std::size_t>(5 * GetParam().shape[0]));
  EXPECT_NEAR(std::accumulate(probabilities.begin(), probabilities.begin() + 5, 0.0), 1, 1e-5);
  EXPECT_GT(std::abs(std::accumulate(logits.begin(), logits.begin() + 5, 0.0) - 1), 1e-3);
}

TEST_P(AHead, BeginsTheSameWhateverTheSizeOfWhatItReads) {
  const auto small = answer_of(with_head(head(), GetParam().shape, {"early", 5, false}, 1));
  const auto large = answer_of(with_head(head(), GetParam().shape, {"early", 5, false}, 1e4), 100);
  for (std::size_t i = 0; i < small.size(); ++i) EXPECT_NEAR(large[i], small[i], 1e-3);
}

TEST(Heads, AreDrawnFromTheirSeed) {
  const Shape shape{1, 8, 8, 8};
  const Head head{8, 4};
  const auto first = answer_of(with_head(head, shape, {"early", 5, false}, 1, 7));
  EXPECT_EQ(answer_of(with_head(head, shape, {"early", 5, false}, 1, 7)), first);
  EXPECT_NE(answer_of(with_head(head, shape, {"early", 5, false}, 1, 8)), first);
}

TEST(Heads, ReadWhatTheirPoolingMakesWhereTheTrunkIsFrozen) {
  const auto inputs_of = [](const Head& head, const Shape& shape) {
    model::Program program = model::read_program(with_head(head, shape, {"early", 5, true}));
    program.exits = {"early", "answer"};  // a head that costs more than the network counts as its own answer
    return Structure(program).head_inputs();
  };
  EXPECT_THAT(inputs_of({8, 4}, {1, 4, 32, 32}), ElementsAre("early_pool"));
  EXPECT_THAT(inputs_of({8, 4}, {1, 4, 16, 16}), ElementsAre("trunk"));
  EXPECT_THAT(inputs_of({0, 4}, {1, 4, 32, 32}), ElementsAre("early_averages"));
  EXPECT_THAT(inputs_of({0, 0}, {1, 4}), ElementsAre("trunk"));
}

}  // namespace
}  // namespace tandem::train
