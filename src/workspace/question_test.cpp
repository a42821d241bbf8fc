#include "workspace/question.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace tandem::workspace {
namespace {

plan::Problem with_codecs() {
  plan::Problem problem;
  problem.tiers = {"device"};
  problem.blocks = {{"a", 0, 1, 0}};
  problem.tensors = {{"x",
                      plan::kNone,
                      {0},
                      {{"raw", 4'000, 0, {}, {}}, {"jpeg quality=50", 500, 2, {}, {}}, {"png", 900, 0, {}, {}}}}};
  problem.targets.resize(1);
  problem.targets[0].name = "phone";
  problem.targets[0].block_ms = {1};
  return problem;
}

std::vector<std::string> codecs_after(const Question& question) {
  plan::Problem problem = with_codecs();
  question.apply_to(problem);
  std::vector<std::string> codecs;
  for (const auto& encoding : problem.tensors[0].encodings) codecs.push_back(encoding.codec);
  return codecs;
}

TEST(Question, LeavesTheCodecsThatWereAskedFor) {
  Question question;
  EXPECT_THAT(codecs_after(question), testing::ElementsAre("raw", "jpeg quality=50", "png"));
  question.codecs = "jpeg";
  EXPECT_THAT(codecs_after(question), testing::ElementsAre("raw", "jpeg quality=50"));
  question.codecs = "png,jpeg";
  EXPECT_THAT(codecs_after(question), testing::ElementsAre("raw", "jpeg quality=50", "png"));
  question.codecs = "none";
  EXPECT_THAT(codecs_after(question), testing::ElementsAre("raw"));
}

TEST(Question, RefusesACodecThatNoTensorHas) {
  Question question;
  question.codecs = "png,webp";
  try {
    codecs_after(question);
    FAIL() << "no error";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::NotFound);
    EXPECT_EQ(error.message(),
              "--codecs png,webp: no tensor has the codec 'webp', expected all, none, or of jpeg, png");
  }
}

TEST(Question, LimitsTheAccuracyThatMayBeLost) {
  Question question;
  question.max_accuracy_loss = 0.5;
  EXPECT_THAT(codecs_after(question), testing::ElementsAre("raw", "png"));
  plan::Problem problem = with_codecs();
  question.apply_to(problem);
  ASSERT_EQ(problem.constraints.size(), 1u);
  EXPECT_EQ(problem.constraints[0].text, "accuracy >= 99.5%");
}

}  // namespace
}  // namespace tandem::workspace
