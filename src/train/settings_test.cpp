#include "train/settings.h"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_files.h"

namespace tandem::train {
namespace {

using base::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

base::Json smallest() {
  return {{"format", "tandem.training"}, {"version", 1}, {"model", "a.onnx"}, {"output", "b.onnx"}, {"data", "digits"}};
}

Settings read(const base::Json& json) {
  return read_settings(json.dump(), "settings");
}

std::string refusal_of(const std::string& key, const base::Json& value) {
  auto json = smallest();
  json[key] = value;
  return message_of([&] { read(json); });
}

TEST(Settings, NeedOnlyAModelDataAndAnOutput) {
  const Settings settings = read(smallest());
  EXPECT_EQ(settings.model, "a.onnx");
  EXPECT_EQ(settings.output, "b.onnx");
  EXPECT_EQ(settings.data, "digits");
  EXPECT_EQ(settings.checkpoint, "b.onnx.checkpoint");
  EXPECT_EQ(settings.mode, Mode::Joint);
}

TEST(Settings, TakeWhatTheyAreGiven) {
  auto json = smallest();
  json.update({{"mode", "agreement"}, {"optimizer", "adam"}, {"precision", "bfloat16"}, {"epochs", 3}});
  json.update({{"exit_weights", {1, 0.25}}, {"flip", false}, {"checkpoint", "c"}, {"resume", true}, {"seed", 9}});
  const Settings settings = read(json);
  EXPECT_EQ(settings.mode, Mode::Agreement);
  EXPECT_EQ(settings.optimizer, Optimizer::Adam);
  EXPECT_EQ(settings.precision, Precision::BFloat16);
  EXPECT_EQ(settings.epochs, 3);
  EXPECT_THAT(settings.exit_weights, ElementsAre(1, 0.25));
  EXPECT_FALSE(settings.flip);
  EXPECT_EQ(settings.checkpoint, "c");
  EXPECT_TRUE(settings.resume);
  EXPECT_EQ(settings.seed, 9u);
}

TEST(Settings, AddExitsOnlyWhereAsked) {
  auto json = smallest();
  EXPECT_FALSE(read(json).add_exits);
  json["add_exits"] = base::Json::object();
  EXPECT_EQ(read(json).mode, Mode::Heads);
  EXPECT_EQ(read(json).add_exits->count, 4u);
  EXPECT_EQ(read(json).add_exits->loss_points, 1);
  json.update({{"add_exits", {{"count", 2}, {"loss_points", 0.5}}}, {"mode", "agreement"}});
  EXPECT_EQ(read(json).mode, Mode::Agreement);
  EXPECT_EQ(read(json).add_exits->count, 2u);
  EXPECT_EQ(read(json).add_exits->loss_points, 0.5);
}

TEST(Settings, DoNotAddExitsToWhatHasLearntNothing) {
  auto json = smallest();
  json.update({{"add_exits", base::Json::object()}, {"mode", "joint"}});
  EXPECT_THAT(message_of([&] { read(json); }), HasSubstr("settings: mode: expected heads or agreement"));
}

TEST(Settings, WarmUpForATenthOfFewEpochsUnlessTold) {
  auto json = smallest();
  json["epochs"] = 5;
  EXPECT_DOUBLE_EQ(read(json).warmup_epochs, 0.5);
  json["warmup_epochs"] = 2;
  EXPECT_DOUBLE_EQ(read(json).warmup_epochs, 2);
}

TEST(Settings, SayWhereTheyAreWrong) {
  EXPECT_THAT(refusal_of("mode", "both"), HasSubstr("settings: mode: expected one of joint, heads, agreement"));
  EXPECT_THAT(refusal_of("epochs", 0), HasSubstr("settings: epochs: expected a whole number in [1, 100000]"));
  EXPECT_THAT(refusal_of("exit_weights", {0, 0}), HasSubstr("exit_weights: expected a weight above 0"));
  EXPECT_THAT(refusal_of("calibration_share", 0.6), HasSubstr("calibration_share: expected a number in"));
  EXPECT_THAT(refusal_of("add_exits", {{"count", 0}}),
              HasSubstr("add_exits: count: expected a whole number in [1, 16]"));
  EXPECT_THAT(refusal_of("add_exits", {{"place", 1}}), HasSubstr("unknown key 'place'"));
  EXPECT_THAT(refusal_of("rate", 1), HasSubstr("unknown key 'rate'"));
  EXPECT_THAT(refusal_of("version", 2), HasSubstr("version: expected"));
  EXPECT_THAT(refusal_of("output", ""), HasSubstr("output: expected text that is not empty"));
}

TEST(Settings, DecideWhatIsLearntOnlyAsFarAsTheyDo) {
  auto json = smallest();
  const base::Json before = what_decides(read(json));
  json.update({{"threads", 1}, {"log", "curve"}, {"resume", true}, {"output", "c.onnx"}});
  EXPECT_EQ(what_decides(read(json)), before);
  json["seed"] = 2;
  EXPECT_NE(what_decides(read(json)), before);
  json["seed"] = 1;
  json.update({{"mode", "heads"}});
  const base::Json without = what_decides(read(json));
  json["add_exits"] = {{"count", 2}};
  EXPECT_NE(what_decides(read(json)), without);
}

}  // namespace
}  // namespace tandem::train
