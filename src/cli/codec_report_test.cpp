#include "cli/codec_report.h"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem::cli {
namespace {

using testing::HasSubstr;

// A phone, a rack and one block; the input is sent raw or as JPEG.
plan::Problem with_jpeg() {
  plan::Problem problem;
  problem.tiers = {"device", "cloud"};
  problem.blocks = {{"a", 0, 1, 0}};
  problem.tensors = {
      {"x", plan::kNone, {0}, {{"raw", 4'000, 0, {}, {}}, {"jpeg quality=50", 500, 0.5, {1, 1}, {2, 2}}}}};
  problem.targets.resize(2);
  problem.targets[0].name = "phone";
  problem.targets[0].block_ms = {100};
  problem.targets[1].name = "rack";
  problem.targets[1].tier = 1;
  problem.targets[1].block_ms = {1};
  problem.links = {{0, 1, 0, 0.8, 0.8}};
  return problem;
}

workspace::CodecTrades trades_of(const plan::Problem& problem) {
  cost::CodecRate rate;
  rate.tensor = "x";
  rate.elements = 1'000;
  const auto plans = plan::solve(plan::with_accuracy_loss(problem, 1)).plans;
  return workspace::trade_codecs(problem, problem, plans.at(0), {rate}, {}).value();
}

TEST(CodecReport, SaysWhatEachEncodingWouldGive) {
  const std::string text = to_text(trades_of(with_jpeg()));
  EXPECT_THAT(text, HasSubstr("x, phone → rack; the plan's latency by the codec of this tensor alone:\n"));
  EXPECT_THAT(text, testing::ContainsRegex("→ +jpeg quality=50 +500 B +4 +0.5 +1.* +2.* +9"));
  EXPECT_THAT(text, testing::ContainsRegex("raw +4 KB|raw +4.0 KB"));
}

TEST(CodecReport, SaysWhatLosingMoreWouldGive) {
  const base::Json json = to_json(trades_of(with_jpeg()));
  ASSERT_EQ(json["bounds"].size(), 5u);
  EXPECT_EQ(json["bounds"][0]["plan"]["latency_ms"], 41);
  EXPECT_EQ(json["bounds"][3]["max_accuracy_loss_points"], 1);
  EXPECT_EQ(json["bounds"][3]["plan"]["latency_ms"], 9);
  EXPECT_EQ(json["trades"][0]["ways"][1]["bits_per_element"], 4);
  EXPECT_EQ(json["trades"][0]["ways"][1]["is_chosen"], true);
}

TEST(CodecReport, IsLeftOutWhereThereIsNoChoice) {
  plan::Problem problem = with_jpeg();
  problem.tensors[0].encodings.pop_back();
  EXPECT_FALSE(workspace::trade_codecs(problem, problem, plan::solve(problem).plans.at(0), {}, {}).has_value());
}

TEST(ShortName, LeavesScalesAndFingerprintsOut) {
  EXPECT_EQ(short_name("klevel k=3 step=0.1234 0123abcd"), "klevel k=3");
  EXPECT_EQ(short_name("jpeg quality=50 scale=0.007843138 shift=-1"), "jpeg quality=50");
  EXPECT_EQ(short_name("int8 scale=0.0123 zero=3"), "int8 static");
  EXPECT_EQ(short_name("int8+zstd level=3"), "int8+zstd level=3");
  EXPECT_EQ(short_name("raw"), "raw");
}

TEST(TextOfCodecs, NamesWhatIsNotSentRaw) {
  plan::Plan plan;
  plan.stages.resize(2);
  plan.stages[0].sent = {{"x", "raw", 1}, {"a", "fp16", 1}, {"b", "klevel k=3 step=0.5 0123abcd", 1}};
  EXPECT_EQ(text_of_codecs(plan), " (a as fp16, b as klevel k=3)");
  plan.stages[0].sent = {{"x", "raw", 1}};
  EXPECT_EQ(text_of_codecs(plan), "");
}

}  // namespace
}  // namespace tandem::cli
