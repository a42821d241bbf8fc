#include "cli/answer_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
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

TEST(AnswerReport, EscapesNamesThatAPeerMadeUp) {
  auto run = run_with({output<float>(base::ElementType::Float32, {0.5f})});
  run.answer.hops[0].target =
      "a\n\x1b[2J\xc2\x9b"
      "31m\xe2\x80\xae\xff";
  run.answer.outputs[0].name = run.answer.hops[0].target;
  const std::string text = text_of(run, {kNone});
  EXPECT_THAT(text, HasSubstr(R"(a\n\u001b[2J\u009b31m\u202e\xff)"));
  for (const char* raw : {"\x1b", "\xc2\x9b", "\xe2\x80\xae", "\xff"}) EXPECT_EQ(text.find(raw), std::string::npos);
}

TEST(AnswerReport, PrintsValuesOfEveryNumericType) {
  using base::ElementType;
  EXPECT_EQ(values_of(output<float>(ElementType::Float32, {0.5f, -1})), (base::Json{0.5, -1.0}));
  EXPECT_EQ(values_of(output<double>(ElementType::Float64, {0.25})), base::Json::array({0.25}));
  EXPECT_EQ(values_of(output<std::int64_t>(ElementType::Int64, {-7})), base::Json::array({-7}));
  EXPECT_EQ(values_of(output<std::int32_t>(ElementType::Int32, {-8})), base::Json::array({-8}));
  EXPECT_EQ(values_of(output<std::uint8_t>(ElementType::UInt8, {200})), base::Json::array({200}));
  EXPECT_EQ(values_of(output<std::int8_t>(ElementType::Int8, {-9})), base::Json::array({-9}));
  EXPECT_EQ(values_of(output<std::int16_t>(ElementType::Int16, {-10})), base::Json::array({-10}));
  EXPECT_EQ(values_of(output<std::uint16_t>(ElementType::UInt16, {65535})), base::Json::array({65535}));
  EXPECT_EQ(values_of(output<std::uint32_t>(ElementType::UInt32, {4294967295u})), base::Json::array({4294967295u}));
  EXPECT_EQ(values_of(output<std::uint64_t>(ElementType::UInt64, {1ull << 63u})), base::Json::array({1ull << 63u}));
  EXPECT_EQ(values_of(output<std::uint16_t>(ElementType::Float16, {0x3800})), base::Json::array({0.5}));
  EXPECT_EQ(values_of(output<std::uint16_t>(ElementType::BFloat16, {0xBF80})), base::Json::array({-1.0}));
}

TEST(AnswerReport, ListsNoValuesOfAnEmptyTensor) {
  EXPECT_EQ(values_of({"out", base::Tensor::allocate({base::ElementType::Float32, {0, 4}})}), base::Json::array());
}

TEST(AnswerReport, LeavesOutValuesOfOtherTypesAndOfLargeTensors) {
  EXPECT_TRUE(values_of({"out", base::Tensor::allocate({base::ElementType::Complex64, {2}})}).is_null());
  EXPECT_TRUE(values_of({"out", base::Tensor::allocate({base::ElementType::Float32, {100'001}})}).is_null());
}

// The text of float32 values.
std::string text_of_floats(const std::vector<float>& values, const Classes& classes) {
  return text_of(run_with({output<float>(base::ElementType::Float32, values)}), classes);
}

TEST(AnswerReport, GuessesOnlyFromVectors) {
  const std::vector<std::string> labels = {"cat"};
  EXPECT_THAT(text_of_floats({0, 9, 1}, {labels, 1, true}), HasSubstr("%  class 1\n"));
  const auto picture = base::Tensor::allocate({base::ElementType::Float32, {1, 2, 2}});
  EXPECT_THAT(text_of(run_with({{"out", picture}}), {kNone, 1, true}), testing::Not(HasSubstr("%  class")));
}

TEST(AnswerReport, AnEmbeddingHasValuesAndNoClasses) {
  const std::vector<float> embedding = {-0.5f, 1.25f, 3, 1e-7f, 12345.678f, 8};
  EXPECT_THAT(text_of_floats(embedding, {kNone, 1}),
              HasSubstr("output 'out': float32 1x6: -0.5, 1.25, 3, 1e-07, 12346, …\n"));
  const std::vector<std::string> labels = {"cat", "dog"};
  EXPECT_THAT(text_of_floats(embedding, {labels, 1}), HasSubstr("output 'out': ")) << "labels of something else";
}

TEST(AnswerReport, ClassesAreToldByLabelsByTheModelOrByTheirSum) {
  const std::vector<std::string> labels = {"cat", "dog"};
  EXPECT_THAT(text_of_floats({-3, 5}, {labels, 1}), HasSubstr("%  dog\n"));
  EXPECT_THAT(text_of_floats({-3, 5}, {kNone, 1, false, {"out"}}), HasSubstr("%  class 1\n"));
  EXPECT_THAT(text_of_floats({0.75f, 0.25f}, {kNone, 1}), HasSubstr(" 75.00 %  class 0\n"));
  EXPECT_THAT(text_of_floats({0.75f, 0.75f}, {kNone, 1}), testing::Not(HasSubstr("%  class")));
}

TEST(AnswerReport, ValuesThatAreNotFiniteAreNoClasses) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(text_of_floats({nan, nan}, {kNone, 1, true}), HasSubstr("output 'out': float32 1x2: nan, nan\n"));
}

TEST(AnswerReport, ShowsTheFirstValuesOfOutputsThatHaveNoClasses) {
  const auto boxes = base::Tensor::of<float>({base::ElementType::Float32, {2, 2}}, std::array{0.f, 1.f, 2.f, 3.f});
  const auto none = base::Tensor::allocate({base::ElementType::Float32, {5, 0}});
  const auto ids = base::Tensor::of<std::int64_t>({base::ElementType::Int64, {1}}, std::array{std::int64_t{7}});
  const std::string text = text_of(run_with({{"boxes", boxes}, {"none", none}, {"ids", ids}}), {kNone, 1});
  EXPECT_THAT(text, HasSubstr("output 'boxes': float32 2x2: 0, 1, 2, 3\noutput 'none': float32 5x0, empty\n"
                              "output 'ids': int64 1: 7\n"));
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
