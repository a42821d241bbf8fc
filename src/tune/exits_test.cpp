#include "tune/exits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>

#include "base/error.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/builder.h"

namespace tandem::tune {
namespace {

using base::ElementType;
using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;

constexpr double kSure = 2;  // log-odds of the first sample's first class

// `early` says the opposite of `late`, which is a softmax of the input, negated twice so that it is the deeper exit.
model::Part two_exits() {
  const base::TensorType type{ElementType::Float32, {1, 2}};
  model::GraphBuilder builder("two exits");
  builder.input("x", type);
  builder.node("Neg", {"x"}, {}, "negative");
  builder.node("Softmax", {"negative"}, {{"axis", std::int64_t{1}}}, "early");
  builder.node("Neg", {"negative"}, {}, "positive");
  builder.node("Softmax", {"positive"}, {{"axis", std::int64_t{1}}}, "late");
  builder.output("early", type);
  builder.output("late", type);
  builder.metadata("tandem.exits", "early,late");
  return builder.finish();
}

data::Part part_of(const std::vector<float>& values, std::vector<std::int64_t> labels) {
  const auto count = static_cast<std::int64_t>(labels.size());
  return {base::Tensor::of<float>({ElementType::Float32, {count, 2}}, values), std::move(labels)};
}

data::Dataset three_samples() {
  const std::vector<float> values{kSure, 0, 0, 1, 1, 0};
  return {"made up", {}, part_of(values, {0, 1, 1}), part_of(values, {0, 1, 0}), {"first", "second"}};
}

class MeasureExits : public testing::Test {
 protected:
  ExitMeasurement measure(const data::Dataset& dataset) {
    model_.emplace(engine::complete(model::Source::from_part(two_exits(), "two.onnx"), *engine_));
    return measure_exits({*model_, *engine_, dataset}, [&](const std::string&, double share) { progress_ = share; });
  }

  std::unique_ptr<engine::Engine> engine_ = engine::onnx_runtime({.threads = 1});
  std::optional<model::Model> model_;
  double progress_ = 0;
};

TEST_F(MeasureExits, RecordsTheAnswerOfEachExitToEachSample) {
  const auto measured = measure(three_samples());
  EXPECT_EQ(measured.test.model, model_->digest());
  EXPECT_EQ(measured.test.data, "made up");
  EXPECT_EQ(measured.test.part, "test");
  ASSERT_EQ(measured.test.exits.size(), 2u);
  EXPECT_EQ(measured.test.exits[0].name, "early");
  EXPECT_THAT(measured.test.exits[0].is_right, ElementsAre(false, false, false));
  EXPECT_THAT(measured.test.exits[1].is_right, ElementsAre(true, true, true));
  EXPECT_THAT(measured.calibration.exits[1].is_right, ElementsAre(true, true, false));
  EXPECT_EQ(progress_, 1);
}

TEST_F(MeasureExits, FitsTemperaturesToTheCalibrationPart) {
  const auto measured = measure(three_samples());
  const auto& late = measured.test.exits[1];
  EXPECT_EQ(late.temperature, measured.calibration.exits[1].temperature);
  const double expected = 1 / (1 + std::exp(-kSure / late.temperature));
  const auto softmax = static_cast<std::size_t>(exits::Confidence::MaximumSoftmax);
  EXPECT_THAT(late.confidence[softmax][0], FloatNear(static_cast<float>(expected), 1e-4f));
}

TEST_F(MeasureExits, CountsAnAnswerThatIsNoNumberAsUnsureAndWrong) {
  data::Dataset dataset = three_samples();
  for (auto* part : {&dataset.calibration, &dataset.test})
    part->samples.mutable_values<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  const auto measured = measure(dataset);
  for (const auto& exit : measured.test.exits) {
    EXPECT_FALSE(exit.is_right[0]);
    for (const auto& confidence : exit.confidence) EXPECT_EQ(confidence[0], 0);
  }
  EXPECT_THAT(measured.test.exits[1].is_right, ElementsAre(false, true, true));
}

// Training takes such data, so what follows it does, too.
TEST_F(MeasureExits, TakesANetworkThatKnowsMoreClassesThanTheData) {
  data::Dataset dataset = three_samples();
  dataset.calibration.labels = dataset.test.labels = {0, 0, 0};
  dataset.class_names = {"only"};
  const auto measured = measure(dataset);
  EXPECT_THAT(measured.test.exits[1].is_right, ElementsAre(true, false, true));
}

TEST_F(MeasureExits, RefusesDataOfMoreClasses) {
  data::Dataset dataset = three_samples();
  dataset.class_names.push_back("third");
  try {
    measure(dataset);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_THAT(error.message(),
                HasSubstr("exit 'early' answers with float32 1x2, expected float32 for the 3 classes"));
  }
}

}  // namespace
}  // namespace tandem::tune
