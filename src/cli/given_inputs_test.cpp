// Models that made-up values do not suit: real inputs given with --input or --data, from the proof to the run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/json.h"
#include "cli/test_application.h"
#include "input/npy.h"
#include "model/builder.h"

namespace tandem::cli {
namespace {

using base::ElementType;
using base::Tensor;
using testing::AllOf;
using testing::HasSubstr;

const base::TensorType kIds{ElementType::Int64, {1, 4}};

// y = Relu(Tanh(table[ids - 100])), of a table of 8 rows. Layers: index, rows, curved, y.
class IdsFrom100 : public FleetTest {
 protected:
  IdsFrom100() {
    model::GraphBuilder builder("ids");
    builder.input("ids", kIds);
    builder.weight("first", Tensor::of<std::int64_t>({ElementType::Int64, {1}}, std::array<std::int64_t, 1>{100}));
    builder.weight("table", Tensor::of<float>({ElementType::Float32, {8, 2}}, std::vector<float>(16, 0.5F)));
    builder.node("Sub", {"ids", "first"}, {}, "index");
    builder.node("Gather", {"table", "index"}, {{"axis", 0}}, "rows");
    builder.node("Tanh", {"rows"}, {}, "curved");
    builder.output(builder.node("Relu", {"curved"}, {}, "y"), {ElementType::Float32, {1, 4, 2}});
    model::write_onnx(builder.finish(), path());
    input::write_npy(ids(), Tensor::of<std::int64_t>(kIds, std::array<std::int64_t, 4>{100, 107, 103, 101}));
  }

  std::string path() const { return folder / "ids.onnx"; }
  std::string ids() const { return folder / "ids.npy"; }
  std::vector<std::string> profile(std::vector<std::string> flags = {}) const {
    flags.insert(flags.begin(), {"profile", path(), "--longest", "1ms"});
    return over_fleet(std::move(flags));
  }
};

const char* const kAdvice = "ids.onnx: cannot run on made-up values; give real ones: --input FILE (int64 1x4): ";

TEST_F(IdsFrom100, FailWithOneLineThatSaysWhatToGive) {
  for (const auto& words : {std::vector<std::string>{"verify", path()}, profile()}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 3) << outcome.errors;
    EXPECT_THAT(outcome.errors, AllOf(HasSubstr(kAdvice), HasSubstr("out of data bounds")));
    EXPECT_EQ(outcome.output, "");
  }
}

TEST_F(IdsFrom100, AreVerifiedOnGivenInputs) {
  EXPECT_THAT(output_of({"verify", path(), "--input", ids()}), HasSubstr("3 of 3 cuts checked"));
}

TEST_F(IdsFrom100, AreMeasuredPlannedAndRunOnTheInputsOfTheProfile) {
  output_of(profile({"--input", ids()}));
  EXPECT_THAT(output_of(over_fleet({"plan", path(), "--verify", "2"})), HasSubstr("verified ms"));
  for (const char* place : {"on 0-1 device", "on 0-3 edge"}) {
    std::vector<std::string> words = {"run", path(), "--where", place, "--where", "on 3 edge", "--json", "--verify"};
    const auto answer = base::parse_json(output_of(over_fleet(words)), "run");
    EXPECT_EQ(answer["max_relative_difference"], 0) << place;
  }
  EXPECT_THAT(output_of(over_fleet({"bench", path(), "--runs", "1"})), HasSubstr("all on edge"));
  EXPECT_THAT(output_of(profile({"--again"})), HasSubstr("ids")) << "the inputs are kept";
}

TEST_F(IdsFrom100, DoNotKeepOtherModelsFromBeingProfiled) {
  const Outcome outcome = run(profile({model()}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.errors, HasSubstr(kAdvice));
  EXPECT_THAT(outcome.output, AllOf(HasSubstr("lenet5 "), Not(HasSubstr("ids "))));
  EXPECT_THAT(output_of(over_fleet({"plan", model()})), HasSubstr("all on device"));
}

TEST_F(CommandTest, VerifyTakesInputsFromOnePlace) {
  const Outcome outcome = run({"verify", model(), "--input", "a.npy", "--data", folder.path()});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.errors, HasSubstr("--data: --input names the inputs already: give one of them"));
}

TEST_F(CommandTest, VerifyTakesTheFirstTestSampleOfADataSet) {
  constexpr std::int64_t kCount = 30;
  std::vector<std::int64_t> labels(kCount);
  for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int64_t>(i % 10);
  for (const char* part : {"train", "test"}) {
    input::write_npy(folder / fmt::format("x_{}.npy", part), Tensor::allocate({ElementType::UInt8, {kCount, 28, 28}}));
    input::write_npy(folder / fmt::format("y_{}.npy", part),
                     Tensor::of<std::int64_t>({ElementType::Int64, {kCount}}, labels));
  }
  EXPECT_THAT(output_of({"verify", model(), "--data", folder.path()}), HasSubstr(": equal"));
  EXPECT_EQ(run({"verify", model(), "--data", folder / "missing"}).code, 4);
}

}  // namespace
}  // namespace tandem::cli
