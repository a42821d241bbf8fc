#include "engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <numeric>

#include "base/error.h"
#include "base/test_files.h"
#include "engine/fake/fake.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "model/builder.h"

namespace tandem::engine {
namespace {

using base::ElementType;
using base::Tensor;
using base::TensorType;
using model::GraphBuilder;
using model::Part;
using testing::ElementsAre;
using testing::HasSubstr;

Engine& engine() {
  static const auto instance = onnx_runtime({.threads = 1});
  return *instance;
}

TensorType floats(base::Shape shape) {
  return {ElementType::Float32, std::move(shape)};
}

Tensor tensor(base::Shape shape, const std::vector<float>& values) {
  return Tensor::of<float>(floats(std::move(shape)), values);
}

std::vector<float> values_of(const Tensor& tensor) {
  const auto values = tensor.values<float>();
  return {values.begin(), values.end()};
}

std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

// y = x · W + b with W = [[1, 2, 3], [4, 5, 6]] and b = [0.5, −0.5, 0].
Part linear() {
  GraphBuilder builder("linear");
  builder.input("x", floats({1, 2}));
  builder.weight("w", tensor({2, 3}, {1, 2, 3, 4, 5, 6}));
  builder.weight("b", tensor({3}, {0.5f, -0.5f, 0}));
  builder.node("Gemm", {"x", "w", "b"}, {}, "y");
  builder.output("y", floats({1, 3}));
  return builder.finish();
}

Part one_node(const std::string& op_type, const TensorType& input, const TensorType& output,
              const std::vector<model::Attribute>& attributes = {}) {
  GraphBuilder builder(op_type);
  builder.input("x", input);
  builder.node(op_type, {"x"}, attributes, "y");
  builder.output("y", output);
  return builder.finish();
}

TEST(OnnxRuntime, MultipliesMatrices) {
  const auto session = engine().load(linear());
  EXPECT_THAT(values_of(session->run({tensor({1, 2}, {10, 1})}).at(0)), ElementsAre(14.5f, 24.5f, 36));
}

TEST(OnnxRuntime, Convolves) {
  GraphBuilder builder("conv");
  builder.input("x", floats({1, 1, 3, 3}));
  builder.weight("w", tensor({1, 1, 2, 2}, {1, 10, 100, 1000}));
  builder.node("Conv", {"x", "w"}, {}, "y");
  builder.output("y", floats({1, 1, 2, 2}));
  const auto session = engine().load(builder.finish());
  EXPECT_THAT(values_of(session->run({tensor({1, 1, 3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9})}).at(0)),
              ElementsAre(5421, 6532, 8754, 9865));
}

TEST(OnnxRuntime, GivesTheSameWithoutOptimisation) {
  const auto session = engine().load(linear(), Optimization::None);
  EXPECT_THAT(values_of(session->run({tensor({1, 2}, {10, 1})}).at(0)), ElementsAre(14.5f, 24.5f, 36));
}

TEST(OnnxRuntime, RefusesInputsOfTheWrongTypeShapeOrNumber) {
  const auto session = engine().load(linear());
  EXPECT_EQ(message_of([&] { session->run({}); }), "0 inputs given, 1 expected");
  EXPECT_EQ(message_of([&] {
              session->run({tensor({2, 1}, {1, 1})});
            }),
            "input 'x' is float32 2x1, expected float32 1x2");
  const Tensor integers = Tensor::of<std::int32_t>({ElementType::Int32, {1, 2}}, std::array{1, 2});
  EXPECT_EQ(message_of([&] { session->run({integers}); }), "input 'x' is int32 1x2, expected float32 1x2");
  EXPECT_THROW(session->run({Tensor()}), base::Error);
}

TEST(OnnxRuntime, RefusesAGraphInOneClearLine) {
  const Part misfit = one_node("MatMul", floats({1, 2}), floats({1, 2}));
  EXPECT_THAT(message_of([&] { engine().load(misfit); }),
              HasSubstr(" refuses the graph: MatMul 'y': has input size 1 not in range [min=2, max=2]"));
  EXPECT_THROW(engine().load(Part{"no graph", {}, {}, {}}), base::Error);
}

TEST(OnnxRuntime, AnOperatorThatItLacksIsUnsupported) {
  const Part unknown = one_node("NoSuchOperator", floats({1, 2}), floats({1, 2}));
  try {
    engine().load(unknown);
    FAIL() << "expected an error";
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::Unsupported);
    EXPECT_THAT(error.message(), HasSubstr("operator 'NoSuchOperator' is not supported: ONNX Runtime "));
  }
}

TEST(OnnxRuntime, RunsOperatorsOfALibraryThatItIsGiven) {
  const Part twice = one_node("test.tandem::Twice", floats({1, 2}), floats({1, 2}));
  EXPECT_THAT(message_of([&] { engine().load(twice); }),
              HasSubstr("operator 'Twice' of domain 'test.tandem' is not supported: "));
  const auto extended = onnx_runtime({.threads = 1, .custom_operators = {TANDEM_TEST_OPERATORS}});
  EXPECT_THAT(values_of(extended->load(twice)->run({tensor({1, 2}, {3, -4})}).at(0)), ElementsAre(6, -8));
}

TEST(OnnxRuntime, RefusesALibraryWithoutOperators) {
  EXPECT_EQ(message_of([] { onnx_runtime({.custom_operators = {"missing.so"}}); }),
            "missing.so: cannot open: No such file or directory");
  EXPECT_THAT(message_of([] { onnx_runtime({.custom_operators = {"/proc/self/exe"}}); }),
              HasSubstr("/proc/self/exe: expected a shared library that exports RegisterCustomOps: "));
}

TEST(OnnxRuntime, FailsInOneLineWhenARunFails) {
  GraphBuilder builder("gather");
  builder.input("x", {ElementType::Int64, {1}});
  builder.weight("table", tensor({2}, {1, 2}));
  builder.node("Gather", {"table", "x"}, {}, "y");
  builder.output("y", floats({1}));
  const auto session = engine().load(builder.finish());
  const Tensor beyond = Tensor::of<std::int64_t>({ElementType::Int64, {1}}, std::array<std::int64_t, 1>{7});
  EXPECT_THAT(message_of([&] { session->run({beyond}); }),
              HasSubstr("ONNX Runtime failed to run a stage: Gather 'y': indices element out of data bounds"));
}

TEST(OnnxRuntime, UsesAnOutputsMemoryAgainOnceNobodyHoldsIt) {
  const auto session = engine().load(linear());
  const Tensor input = tensor({1, 2}, {1, 1});
  const std::byte* first = session->run({input}).at(0).bytes().data();
  const Tensor held = session->run({input}).at(0);
  EXPECT_EQ(held.bytes().data(), first);
  EXPECT_NE(session->run({input}).at(0).bytes().data(), held.bytes().data());
}

TEST(OnnxRuntime, OutputsOutliveTheirSession) {
  auto session = engine().load(linear());
  const Tensor output = session->run({tensor({1, 2}, {10, 1})}).at(0);
  session.reset();
  EXPECT_EQ(values_of(output)[2], 36);
}

TEST(OnnxRuntime, KeepsNoMoreThanOneCopyOfAWeight) {
  constexpr std::int64_t kRows = 1 << 24;  // 64 MB
  GraphBuilder builder("lookup");
  builder.input("x", {ElementType::Int64, {1}});
  builder.weight("table", Tensor::allocate(floats({kRows})));
  builder.node("Gather", {"table", "x"}, {}, "y");
  builder.output("y", floats({1}));
  const Part part = builder.finish();
  engine().load(linear());  // memory that the engine allocates once is not counted
  const auto before = ::mallinfo2();
  const auto session = engine().load(part);
  const auto after = ::mallinfo2();
  EXPECT_LT(after.uordblks + after.hblkhd, before.uordblks + before.hblkhd + (80u << 20));
}

TEST(OnnxRuntime, TimesEachKernelAndLeavesNoTraceBehind) {
  const base::TemporaryFolder folder;
  ::setenv("TMPDIR", folder.path().c_str(), 1);
  const auto kernels = engine().time_kernels(linear(), {tensor({1, 2}, {1, 1})}, 3);
  ::unsetenv("TMPDIR");
  ASSERT_EQ(kernels.size(), 1u);
  EXPECT_EQ(kernels[0].op_type, "Gemm");
  EXPECT_THAT(kernels[0].name, HasSubstr("y"));
  EXPECT_GE(kernels[0].time.count(), 0);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

// b = NonZero(Relu(x)): as many columns as there are positive elements.
TEST(Complete, GivesNoTypeToATensorWhoseShapeDependsOnData) {
  GraphBuilder builder("nonzero");
  builder.input("x", floats({1, 64}));
  builder.node("Relu", {"x"}, {}, "a");
  builder.node("NonZero", {"a"}, {}, "b");
  builder.node("Cast", {"b"}, {{"to", 1}}, "c");
  builder.output("c", floats({2, -1}));
  const model::Model model = complete(model::Source::from_part(builder.finish(), "nonzero"), engine());
  ASSERT_EQ(model.cuts().size(), 1u) << "only after Relu";
  EXPECT_EQ(model.cuts()[0].position, 1u);
  SplitVerifier verifier(model, engine());
  EXPECT_EQ(verifier.difference_at(1), 0);
}

// b = Reshape(a, shape) where the engine does not see that `shape`, though computed from x's, is always the same.
TEST(Complete, RunsTheModelWhereTheEngineCannotInferAShape) {
  GraphBuilder builder("reshape");
  builder.input("x", floats({2, 6}));
  const std::array<std::int64_t, 2> target = {3, 4};
  builder.weight("target", Tensor::of<std::int64_t>({ElementType::Int64, {2}}, target));
  builder.node("Shape", {"x"}, {}, "size");
  builder.node("Mul", {"size", "target"}, {}, "product");
  builder.node("Div", {"product", "size"}, {}, "shape");
  builder.node("Reshape", {"x", "shape"}, {}, "b");
  builder.node("Relu", {"b"}, {}, "c");
  builder.output("c", floats({3, 4}));
  const model::Model model = complete(model::Source::from_part(builder.finish(), "reshape"), engine());
  EXPECT_EQ(model.graph().tensors[model.graph().layers.back().inputs[0]].type, floats({3, 4}));
}

// `big` = x > 2 finds nothing in made-up values, which lie in [-1, 1), nor in zeros.
TEST(Complete, DoesNotTakeTheShapeOfOneRunForThatOfAll) {
  GraphBuilder builder("threshold");
  builder.input("x", floats({1, 8}));
  builder.weight("two", tensor({1}, {2}));
  builder.node("Greater", {"x", "two"}, {}, "big");
  builder.node("NonZero", {"big"}, {}, "places");
  builder.node("Transpose", {"places"}, {}, "rows");
  builder.node("GatherND", {"x", "rows"}, {}, "found");
  builder.output("found", floats({-1}));
  const model::Model model = complete(model::Source::from_part(builder.finish(), "threshold"), engine());
  ASSERT_EQ(model.cuts().size(), 1u) << "only after Greater";
  EXPECT_EQ(base::to_string(model.output_types().at(0).type), "float32 ?");
  const auto found = run_whole(model, engine(), {{"x", tensor({1, 8}, {0, 3, 0, 0, 5, 0, 0, 0})}});
  EXPECT_THAT(values_of(found.at(0).tensor), ElementsAre(3, 5));
  EXPECT_EQ(run_whole(model, engine(), {{"x", tensor({1, 8}, {0, 0, 0, 0, 0, 0, 0, 0})}}).at(0).tensor.shape(),
            base::Shape{0});
}

TEST(Complete, KnowsTheShapeOfAScalarFromOneRun) {
  GraphBuilder builder("mean");
  builder.input("x", floats({1, 8}));
  builder.node("ReduceMean", {"x"}, {{"keepdims", 0}}, "mean");
  builder.node("Mul", {"x", "mean"}, {}, "y");
  builder.output("y", floats({1, 8}));
  const model::Model model = complete(model::Source::from_part(builder.finish(), "mean"), engine());
  EXPECT_EQ(model.graph().tensors.at(1).type, floats({}));
  EXPECT_EQ(model.cuts().size(), 1u);
}

TEST(Complete, KnowsTheTypesOfOutputsThatAreConstant) {
  GraphBuilder builder("constants");
  builder.input("x", floats({1, 2}));
  builder.weight("w", tensor({2}, {4, 9}));
  builder.node("Sqrt", {"w"}, {}, "root");
  builder.node("Mul", {"x", "root"}, {}, "y");
  builder.output("y", floats({1, 2}));
  for (const char* name : {"root", "w"}) builder.output(name, floats({2}));
  const model::Model model = complete(model::Source::from_part(builder.finish(), "constants"), engine());
  EXPECT_THAT(model.whole().outputs,
              ElementsAre(base::NamedType{"y", floats({1, 2})}, base::NamedType{"root", floats({2})},
                          base::NamedType{"w", floats({2})}));
  const auto outputs = run_whole(model, engine(), {{"x", tensor({1, 2}, {1, 1})}});
  EXPECT_THAT(values_of(outputs.at(1).tensor), ElementsAre(2, 3));
  EXPECT_THAT(values_of(outputs.at(2).tensor), ElementsAre(4, 9));
}

TEST(Complete, LeavesShapesUnknownWhenTheModelCannotRunOnMadeUpInput) {
  GraphBuilder builder("gather");
  builder.input("x", {ElementType::Int64, {4}});
  builder.weight("one", Tensor::of<std::int64_t>({ElementType::Int64, {1}}, std::array<std::int64_t, 1>{100}));
  builder.node("Add", {"x", "one"}, {}, "index");
  builder.node("Gather", {"x", "index"}, {}, "picked");
  builder.node("NonZero", {"picked"}, {}, "y");
  builder.output("y", {ElementType::Int64, {1, -1}});
  const model::Model model = complete(model::Source::from_part(builder.finish(), "gather"), engine());
  EXPECT_EQ(model.cuts().size(), 2u);
}

// Sequences can be computed with but not sent.
model::Model with_sequence() {
  GraphBuilder builder("sequence");
  builder.input("x", floats({4, 2}));
  builder.node("Relu", {"x"}, {}, "a");
  builder.node("SplitToSequence", {"a"}, {{"axis", 0}}, "sequence");
  builder.node("ConcatFromSequence", {"sequence"}, {{"axis", 1}}, "b");
  builder.node("Relu", {"b"}, {}, "c");
  builder.output("c", floats({1, 8}));
  return complete(model::Source::from_part(builder.finish(), "sequence"), engine());
}

TEST(Complete, TreatsSequencesAsOpaque) {
  const model::Model model = with_sequence();
  EXPECT_EQ(model.graph().layers.size(), 4u);
  std::vector<std::size_t> positions;
  for (const auto& cut : model.cuts()) positions.push_back(cut.position);
  EXPECT_THAT(positions, ElementsAre(1, 3));
}

TEST(Complete, NamesSequencesAndStrings) {
  const model::Model model = with_sequence();
  EXPECT_EQ(base::to_string(model.graph().tensors.at(2).type), "sequence");
  GraphBuilder builder("text");
  builder.input("x", floats({1, 4}));
  builder.node("Cast", {"x"}, {{"to", 8}}, "text");
  builder.node("Cast", {"text"}, {{"to", 1}}, "y");
  builder.output("y", floats({1, 4}));
  const model::Model text = complete(model::Source::from_part(builder.finish(), "text"), engine());
  EXPECT_EQ(base::to_string(text.graph().tensors.at(1).type), "string 1x4");
  EXPECT_EQ(text.cuts().size(), 0u);
}

TEST(Verify, ComparesNoOutputThatIsASequence) {
  GraphBuilder builder("sequences");
  builder.input("x", floats({4, 2}));
  builder.node("Relu", {"x"}, {}, "y");
  builder.node("SplitToSequence", {"y"}, {{"axis", 0}}, "parts");
  builder.output("y", floats({4, 2}));
  builder.output("parts", floats({4, 2}));
  const model::Model model = complete(model::Source::from_part(builder.finish(), "sequences"), engine());
  SplitVerifier verifier(model, engine());
  EXPECT_THAT(verifier.uncompared(), ElementsAre("parts"));
}

TEST(Complete, LetsAModelWithSequencesBeSplitAroundThem) {
  const model::Model model = with_sequence();
  SplitVerifier verifier(model, engine());
  for (const auto& cut : model.cuts()) EXPECT_LE(verifier.difference_at(cut.position), 1e-6) << cut.position;
}

TEST(Verify, SplitsAModelAtSeveralPositionsAtOnce) {
  const model::Model model = with_sequence();
  SplitVerifier verifier(model, engine());
  std::vector<std::size_t> positions;
  for (const auto& cut : model.cuts()) positions.push_back(cut.position);
  ASSERT_GE(positions.size(), 2u);
  EXPECT_TRUE(verifier.judge(positions, {}, 1e-6).is_same);
}

TEST(MadeUpInputs, AreTheSameForTheSameSeedAndFitAnyType) {
  const std::vector<base::NamedType> types = {{"a", floats({100})}, {"b", {ElementType::Int64, {100}}}};
  const auto one = made_up_inputs(types, 7);
  const auto two = made_up_inputs(types, 7);
  EXPECT_EQ(base::relative_difference(one[0], two[0]), 0);
  EXPECT_GT(base::relative_difference(made_up_inputs(types, 8)[0], one[0]), 0);
  for (const float value : one[0].values<float>()) EXPECT_TRUE(value >= -1 && value < 1);
  for (const std::int64_t value : one[1].values<std::int64_t>()) EXPECT_TRUE(value == 0 || value == 1);
}

TEST(MadeUpInputs, StayInsideTheRangesThatAreGiven) {
  const std::vector<base::NamedType> types = {{"ids", {ElementType::Int64, {1000}}},
                                              {"cast", floats({1000})},
                                              {"ratio", floats({1000})},
                                              {"tiny", {ElementType::Int8, {1000}}},
                                              {"byte", {ElementType::UInt8, {1000}}}};
  const auto made = made_up_inputs(
      types, 1, {{"ids", {100, 40'000}}, {"cast", {0, 9}}, {"ratio", {0, 0.5, false}}, {"tiny", {-1, 1e9}}});
  const auto [least, most] = std::ranges::minmax(made[0].values<std::int64_t>());
  EXPECT_TRUE(least >= 100 && least < 1000 && most > 30'000 && most <= 40'000) << least << " to " << most;
  for (const float value : made[1].values<float>()) EXPECT_TRUE(value >= 0 && value <= 9 && value == std::floor(value));
  for (const float value : made[2].values<float>()) EXPECT_TRUE(value >= 0 && value <= 0.5F) << value;
  for (const std::int8_t value : made[3].values<std::int8_t>()) EXPECT_GE(value, -1);
  EXPECT_GT(std::ranges::max(made[4].values<std::uint8_t>()), 200);
}

TEST(MadeUpInputs, OfHalfPrecisionTakeRanges) {
  const std::vector<base::NamedType> types = {{"half", {ElementType::Float16, {1000}}},
                                              {"brain", {ElementType::BFloat16, {1000}}}};
  const auto made = made_up_inputs(types, 1, {{"half", {0, 9}}, {"brain", {-4, 4, false}}});
  for (const auto bits : made[0].values<std::uint16_t>()) {
    const float value = base::half_to_float(bits);
    EXPECT_TRUE(value >= 0 && value <= 9 && value == std::floor(value)) << value;
  }
  for (const auto bits : made[1].values<std::uint16_t>()) EXPECT_LE(std::abs(base::bfloat16_to_float(bits)), 4);
}

TEST(MadeUpInputs, AreThoseThatFitTogether) {
  const std::vector<base::NamedType> types = {{"axes", {ElementType::Int64, {3}}}, {"more", {ElementType::Int64, {4}}}};
  const auto made = made_up_inputs(types, 1, {{"axes", {0, 2, true, {0, 2, 1}}}, {"more", {0, 2, true, {0, 2, 1}}}});
  EXPECT_THAT(made[0].values<std::int64_t>(), ElementsAre(0, 2, 1));
  for (const auto value : made[1].values<std::int64_t>()) EXPECT_TRUE(value >= 0 && value <= 2);
}

// y = Gather(table, ids): ids beyond the table would fail.
TEST(MadeUpInputs, OfAModelIndexInsideOfItsTables) {
  GraphBuilder builder("embedding");
  builder.input("ids", {ElementType::Int64, {1, 64}});
  builder.weight("table", tensor({3, 1}, {1, 2, 3}));
  builder.output(builder.node("Gather", {"table", "ids"}, {{"axis", 0}}, "y"), floats({1, 64, 1}));
  const model::Model model = complete(model::Source::from_part(builder.finish(), "embedding"), engine());
  const auto values = values_of(run_whole(model, engine(), made_up_inputs(model)).at(0).tensor);
  EXPECT_THAT(values, testing::AllOf(testing::Contains(1), testing::Contains(2), testing::Contains(3)));
}

TEST(MadeUpInputs, OfAbsurdSizeAreRefused) {
  const std::vector<base::NamedType> types = {{"x", floats({1 << 20, 1 << 15})}};
  EXPECT_EQ(message_of([&] { made_up_inputs(types); }),
            "made-up inputs up to 'x' of float32 1048576x32768 take 137438953472 bytes, expected at most 4294967296");
}

TEST(FakeEngine, AnswersTheSameForTheSameInputs) {
  const auto fake = fake_engine();
  const auto session = fake->load(linear());
  const Tensor input = tensor({1, 2}, {1, 2});
  EXPECT_EQ(values_of(session->run({input})[0]), values_of(session->run({input})[0]));
  EXPECT_NE(values_of(session->run({input})[0]), values_of(session->run({tensor({1, 2}, {1, 3})})[0]));
}

}  // namespace
}  // namespace tandem::engine
