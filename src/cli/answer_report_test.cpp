#include "cli/answer_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::cli {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kNone;

template <class T>
base::NamedTensor output(base::ElementType element, const std::vector<T>& values) {
  return {"out", base::Tensor::of<T>({element, {1, static_cast<std::int64_t>(values.size())}}, values)};
}

workspace::InputRun run_with(std::vector<base::NamedTensor> outputs) {
  workspace::InputRun run;
  run.choice.best.stages.resize(1);
  run.choice.best.stages[0].target = "device";
  run.choice.best.stages[0].ranges = {{0, 1}};
  run.answer.outputs = std::move(outputs);
  run.answer.hops = {{.target = "device", .compute_ms = 2, .sent_bytes = 10, .encode_ms = 0.5}};
  run.latencies_ms = {3};
  return run;
}

base::Json values_of(base::NamedTensor output) {
  return json_of(run_with({std::move(output)}), {kNone})["outputs"][0]["values"];
}

TEST(AnswerReport, PrintsValuesOfEveryNumericType) {
  using base::ElementType;
  EXPECT_EQ(values_of(output<float>(ElementType::Float32, {0.5f, -1})), (base::Json{0.5, -1.0}));
  EXPECT_EQ(values_of(output<double>(ElementType::Float64, {0.25})), base::Json::array({0.25}));
  EXPECT_EQ(values_of(output<std::int64_t>(ElementType::Int64, {-7})), base::Json::array({-7}));
  EXPECT_EQ(values_of(output<std::int32_t>(ElementType::Int32, {-8})), base::Json::array({-8}));
  EXPECT_EQ(values_of(output<std::uint8_t>(ElementType::UInt8, {200})), base::Json::array({200}));
  EXPECT_EQ(values_of(output<std::int8_t>(ElementType::Int8, {-9})), base::Json::array({-9}));
}

TEST(AnswerReport, ListsNoValuesOfAnEmptyTensor) {
  EXPECT_EQ(values_of({"out", base::Tensor::allocate({base::ElementType::Float32, {0, 4}})}), base::Json::array());
}

TEST(AnswerReport, LeavesOutValuesOfOtherTypesAndOfLargeTensors) {
  EXPECT_TRUE(values_of({"out", base::Tensor::allocate({base::ElementType::Float16, {2}})}).is_null());
  EXPECT_TRUE(values_of({"out", base::Tensor::allocate({base::ElementType::Float32, {100'001}})}).is_null());
}

TEST(AnswerReport, GuessesOnlyFromVectors) {
  const std::vector<std::string> labels = {"cat"};
  const std::string guesses = text_of(run_with({output<float>(base::ElementType::Float32, {0, 9, 1})}), {labels, 1});
  EXPECT_THAT(guesses, HasSubstr("%  class 1\n"));
  const auto picture = base::Tensor::allocate({base::ElementType::Float32, {1, 2, 2}});
  EXPECT_THAT(text_of(run_with({{"out", picture}}), {kNone, 1}), testing::Not(HasSubstr("%  class")));
}

TEST(AnswerReport, NamesOutputsThatHaveNoClasses) {
  const auto boxes = base::Tensor::allocate({base::ElementType::Float32, {3, 4}});
  const auto none = base::Tensor::allocate({base::ElementType::Float32, {5, 0}});
  const std::string text = text_of(run_with({{"boxes", boxes}, {"none", none}}), {kNone, 1});
  EXPECT_THAT(text, HasSubstr("output 'boxes': float32 3x4\noutput 'none': float32 5x0, empty\n"));
}

TEST(AnswerReport, NamesClassesInTextAndJson) {
  const std::vector<std::string> labels = {"cat", "dog"};
  const auto run = run_with({output<float>(base::ElementType::Float32, {0.25f, 0.75f})});
  EXPECT_THAT(text_of(run, {labels, 1}), HasSubstr(" 75.00 %  dog\n"));
  EXPECT_EQ(json_of(run, {labels, 1})["outputs"][0]["classes"],
            base::Json::array({{{"class", 1}, {"label", "dog"}, {"probability", 0.75}}}));
  EXPECT_FALSE(json_of(run, {kNone})["outputs"][0].contains("classes"));
}

TEST(AnswerReport, HasColumnsForCodecTimes) {
  const std::string text = text_of(run_with({}), {kNone, 1});
  EXPECT_THAT(text, HasSubstr("decode ms  encode ms"));
}

}  // namespace
}  // namespace tandem::cli
