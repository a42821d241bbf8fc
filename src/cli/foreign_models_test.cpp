// Models that nobody here designed: shapes that depend on values, outputs that no layer makes, values that are no
// tensors. Each goes the whole way: inspect, verify, profile, run whole and split.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <array>

#include "base/json.h"
#include "cli/test_application.h"
#include "input/npy.h"
#include "model/builder.h"

namespace tandem::cli {
namespace {

using base::ElementType;
using base::Tensor;
using model::GraphBuilder;
using testing::ElementsAre;
using testing::HasSubstr;

const base::TensorType kVector{ElementType::Float32, {1, 4}};

class ForeignModel : public FleetTest {
 protected:
  std::string path() const { return folder / "m.onnx"; }
  void write(GraphBuilder& builder) { model::write_onnx(builder.finish(), path()); }

  template <class T>
  std::string input(const std::string& name, const base::TensorType& type, const std::vector<T>& values) {
    input::write_npy(folder / (name + ".npy"), Tensor::of<T>(type, values));
    return name + "=" + (folder / (name + ".npy"));
  }
  base::Json answer(std::vector<std::string> words) const {
    words.insert(words.begin(), {"run", path(), "--json"});
    return base::parse_json(output_of(over_fleet(std::move(words))), "run")["outputs"];
  }
  static std::vector<std::string> names_of(const base::Json& list) {
    std::vector<std::string> names;
    for (const auto& entry : list) names.push_back(entry["name"]);
    return names;
  }
  base::Json inspected() const { return base::parse_json(output_of({"inspect", path(), "--json"}), "inspect"); }
};

// A detector that finds nothing in made-up values: scores lie below 1 there, and its threshold is 2. Layers: b, s, all,
// columns, index, rows, kept, out.
class Detector : public ForeignModel {
 protected:
  Detector() {
    GraphBuilder builder("detector");
    builder.input("boxes", {ElementType::Float32, {1, 3, 4}});
    builder.input("scores", {ElementType::Float32, {1, 1, 3}});
    integers(builder, "most", {10});
    integers(builder, "first", {2});
    integers(builder, "last", {3});
    integers(builder, "axis", {1});
    integers(builder, "batch", {0});
    floats(builder, "overlap", 0.5f);
    floats(builder, "threshold", 2);
    builder.node("Relu", {"boxes"}, {}, "b");
    builder.node("Relu", {"scores"}, {}, "s");
    builder.node("NonMaxSuppression", {"b", "s", "most", "overlap", "threshold"}, {}, "all");
    builder.node("Slice", {"all", "first", "last", "axis"}, {}, "columns");
    builder.node("Squeeze", {"columns", "axis"}, {}, "index");
    builder.node("Squeeze", {"b", "batch"}, {}, "rows");
    builder.node("Gather", {"rows", "index"}, {{"axis", 0}}, "kept");
    builder.node("Mul", {"kept", "overlap"}, {}, "out");
    builder.output("out", {ElementType::Float32, {-1, 4}});
    write(builder);
  }

  static void integers(GraphBuilder& builder, const std::string& name, const std::vector<std::int64_t>& values) {
    builder.weight(name, Tensor::of<std::int64_t>({ElementType::Int64, {1}}, values));
  }
  static void floats(GraphBuilder& builder, const std::string& name, float value) {
    builder.weight(name, Tensor::of<float>({ElementType::Float32, {1}}, std::array{value}));
  }

  // The flags of a request in which the first box scores `score`, the last 0.5 less; they do not overlap.
  std::vector<std::string> request(float score, const std::vector<std::string>& flags = {}) {
    const std::vector<float> boxes = {0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3};
    std::vector<std::string> words = {
        "--input", input("boxes", {ElementType::Float32, {1, 3, 4}}, boxes), "--input",
        input<float>("scores", {ElementType::Float32, {1, 1, 3}}, {score, 0, score - 0.5f})};
    words.insert(words.end(), flags.begin(), flags.end());
    return words;
  }
};

TEST_F(Detector, HasNoCutWhereTheNumberOfBoxesIsUnknown) {
  EXPECT_THAT(output_of({"inspect", path()}), HasSubstr("a tensor has no size before a run: 'kept' (float32 ?x4)\n"));
  const auto json = inspected();
  EXPECT_EQ(json["cuts"].size() + json["obstacles"].size(), 7u) << "each place between two layers";
  EXPECT_EQ(json["outputs"][0]["shape"], (base::Json{nullptr, 4}));
  EXPECT_THAT(output_of({"verify", path()}), testing::AllOf(HasSubstr("equal\n"), HasSubstr("no cut before layer")));
}

TEST_F(Detector, AnswersWholeAndSplit) {
  profile(path());
  for (const char* place : {"device", "edge"}) {
    const std::vector<std::string> where = {"--where", "on 0-1 device", "--where", fmt::format("on 2-7 {}", place)};
    const auto found = answer(request(3, where));
    EXPECT_EQ(found[0]["shape"], (base::Json{2, 4})) << place;
    EXPECT_EQ(found[0]["values"], (base::Json{0, 0, 0.5, 0.5, 1, 1, 1.5, 1.5})) << place;
    EXPECT_EQ(answer(request(0, where))[0]["shape"], (base::Json{0, 4})) << place;
  }
}

TEST_F(Detector, SaysThatItFoundNothing) {
  profile(path());
  std::vector<std::string> words = request(0, {"--verify"});
  words.insert(words.begin(), {"run", path()});
  const std::string text = output_of(over_fleet(words));
  EXPECT_THAT(text, HasSubstr("output 'out': float32 0x4, empty\n"));
  EXPECT_THAT(text, HasSubstr("from the whole model in one process: 0.0e+00"));
}

TEST_F(ForeignModel, TiledByAnInputAnswersWholeAndSplit) {
  GraphBuilder builder("tile");
  builder.input("x", kVector);
  builder.input("repeats", {ElementType::Int64, {2}});
  builder.node("Relu", {"x"}, {}, "a");
  builder.node("Tile", {"a", "repeats"}, {}, "b");
  builder.node("Relu", {"b"}, {}, "y");
  builder.output("y", {ElementType::Float32, {-1, -1}});
  write(builder);
  EXPECT_THAT(output_of({"inspect", path()}),
              HasSubstr("no cut before layer 2: a tensor has no size before a run: 'b' (float32 ?x?)\n"));
  profile(path());
  const std::vector<std::string> inputs = {"--input", input<float>("x", kVector, {1, 2, 3, 4}), "--input",
                                           input<std::int64_t>("repeats", {ElementType::Int64, {2}}, {2, 1})};
  for (const char* place : {"device", "edge"}) {
    auto words = inputs;
    words.insert(words.end(), {"--where", "on 0 device", "--where", fmt::format("on 1-2 {}", place), "--verify"});
    EXPECT_EQ(answer(words)[0]["shape"], (base::Json{2, 4})) << place;
  }
}

TEST_F(ForeignModel, AnswersInputsAndConstantsThatAreOutputs) {
  GraphBuilder builder("passthrough");
  builder.input("x", kVector);
  builder.input("mask", {ElementType::Int64, {1, 4}});
  builder.weight("w", Tensor::of<float>(kVector, std::array{1.f, 2.f, 3.f, 4.f}));
  builder.node("Relu", {"x"}, {}, "a");
  builder.node("Mul", {"a", "w"}, {}, "out");
  for (const char* name : {"out", "x", "w"}) builder.output(name, kVector);
  builder.output("mask", {ElementType::Int64, {1, 4}});
  write(builder);
  EXPECT_THAT(output_of({"inspect", path()}),
              HasSubstr("outputs: out float32 1x4, x float32 1x4, w float32 1x4, mask int64 1x4\n"));
  EXPECT_THAT(output_of({"verify", path()}), HasSubstr(": equal\n"));
  profile(path());
  const auto outputs = answer({"--input", input<float>("x", kVector, {1, -1, 1, -1}), "--input",
                               input<std::int64_t>("mask", {ElementType::Int64, {1, 4}}, {7, 8, 9, 10}), "--verify"});
  EXPECT_THAT(names_of(outputs), ElementsAre("out", "x", "w", "mask"));
  EXPECT_EQ(outputs[0]["values"], (base::Json{1, 0, 3, 0}));
  EXPECT_EQ(outputs[1]["values"], (base::Json{1, -1, 1, -1}));
  EXPECT_EQ(outputs[2]["values"], (base::Json{1, 2, 3, 4}));
  EXPECT_EQ(outputs[3]["values"], (base::Json{7, 8, 9, 10}));
}

// y and a sequence are outputs, or the sequence alone.
class SequenceOutput : public ForeignModel {
 protected:
  void write_model(bool has_numbers) {
    GraphBuilder builder("sequence");
    builder.input("x", kVector);
    builder.node("Relu", {"x"}, {}, "a");
    builder.node("Mul", {"a", "a"}, {}, "y");
    builder.node("SplitToSequence", {"a"}, {{"axis", 1}}, "parts");
    if (has_numbers) builder.output("y", kVector);
    builder.output("parts", kVector);
    auto part = builder.finish();
    model::write_onnx(part, path());
  }
};

TEST_F(SequenceOutput, IsNotCalledEqual) {
  write_model(true);
  EXPECT_THAT(
      output_of({"verify", path()}),
      testing::AllOf(HasSubstr(": equal\n"), HasSubstr("not compared: output 'parts' is no tensor of numbers\n")));
  EXPECT_EQ(inspected()["outputs"][1]["type"], "sequence");
  write_model(false);
  const auto outcome = run({"verify", path()});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.output, HasSubstr("NOT proven, no output could be compared\n"));
}

TEST_F(SequenceOutput, IsNamedWhereItIsLeftOutOfAnAnswer) {
  write_model(true);
  profile(path());
  const auto outcome = run(over_fleet({"run", path(), "--json"}));
  EXPECT_EQ(outcome.code, 0) << outcome.errors;
  EXPECT_THAT(names_of(base::parse_json(outcome.output, "run")["outputs"]), ElementsAre("y"));
  EXPECT_THAT(outcome.errors, HasSubstr("output 'parts' is left out: a sequence is not sent"));
}

TEST_F(ForeignModel, NeedsNeitherShapeNorValuesOfAnInputThatNothingReads) {
  GraphBuilder builder("unread");
  builder.input("x", kVector);
  builder.input("unread", {ElementType::Float32, {-1, -1}});
  builder.node("Relu", {"x"}, {}, "a");
  builder.node("Mul", {"a", "a"}, {}, "y");
  builder.output("y", kVector);
  write(builder);
  EXPECT_THAT(output_of({"inspect", path()}), HasSubstr("2 layers"));
  profile(path());
  EXPECT_EQ(answer({"--input", input<float>("x", kVector, {1, 2, 3, 4})})[0]["values"], (base::Json{1, 4, 9, 16}));
}

TEST_F(ForeignModel, KeepsADimensionOfZeroInItsStages) {
  GraphBuilder builder("cache");
  builder.input("past", {ElementType::Float32, {1, 0, 4}});
  builder.input("x", {ElementType::Float32, {1, 2, 4}});
  builder.node("Relu", {"past"}, {}, "a");
  builder.node("Concat", {"a", "x"}, {{"axis", 1}}, "both");
  builder.node("Relu", {"both"}, {}, "y");
  builder.output("y", {ElementType::Float32, {1, 2, 4}});
  write(builder);
  EXPECT_THAT(output_of({"inspect", path()}), HasSubstr("inputs: past float32 1x0x4, x float32 1x2x4\n"));
  EXPECT_THAT(output_of({"verify", path()}), HasSubstr("2 of 2 cuts checked"));
  const std::string stage = folder / "stage.onnx";
  output_of({"extract", path(), "--first", "1", "--last", "2", "-o", stage});
  EXPECT_THAT(output_of({"inspect", stage}), HasSubstr("inputs: x float32 1x2x4, a float32 1x0x4\n"));
  profile(path());
  EXPECT_EQ(answer({"--where", "on 0 device", "--where", "on 1-2 edge", "--verify"})[0]["shape"],
            (base::Json{1, 2, 4}));
}

TEST_F(SequenceOutput, CannotCrossAStagesBorder) {
  GraphBuilder builder("inside");
  builder.input("x", kVector);
  builder.node("SplitToSequence", {"x"}, {{"axis", 1}}, "parts");
  builder.node("ConcatFromSequence", {"parts"}, {{"axis", 0}}, "y");
  builder.output("y", {ElementType::Float32, {4, 1}});
  write(builder);
  const auto outcome = run({"extract", path(), "--first", "0", "--last", "0", "-o", folder / "stage.onnx"});
  EXPECT_EQ(outcome.code, 5);
  EXPECT_THAT(outcome.errors, HasSubstr("tensor 'parts' (sequence) would cross the stage's border"));
  EXPECT_FALSE(std::filesystem::exists(folder / "stage.onnx"));
}

}  // namespace
}  // namespace tandem::cli
