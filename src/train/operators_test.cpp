// Every operator compared with the engine's, and its gradient, if it has one, with finite differences.
#include "train/operators.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/error.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "model/builder.h"
#include "train/torch_tensors.h"

namespace tandem::train {
namespace {

using model::Attribute;
using testing::HasSubstr;
using Ints = std::vector<std::int64_t>;

model::Node node_of(const std::string& op_type, std::vector<Attribute> attributes, std::size_t inputs) {
  model::Node node{.op_type = op_type, .outputs = {"y"}, .attributes = std::move(attributes), .name = "y"};
  for (std::size_t i = 0; i < inputs; ++i) node.inputs.push_back("x" + std::to_string(i));
  return node;
}

at::Tensor compute(const model::Node& node, const Tensors& inputs, std::int64_t opset = 13,
                   const Circumstances& circumstances = {}) {
  return make_operator(node, opset)(inputs, circumstances).at(0);
}

// The same numbers in each run; no two are nearly equal, so that maxima and bounds are unambiguous.
at::Tensor numbers(at::IntArrayRef shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  const auto spread = at::arange(1, count + 1, at::kDouble) * 0.7548776662466927;  // fractions fill [0, 1) evenly
  return ((spread - spread.floor()) * 3 - 1.4).reshape(shape);
}
at::Tensor positives(at::IntArrayRef shape) {
  return numbers(shape).abs() + 0.3;
}
at::Tensor ints(const Ints& values) {
  return at::tensor(values, at::kLong);
}
at::Tensor number(double value) {
  return at::scalar_tensor(value, at::kDouble);
}

constexpr std::size_t kAll = 99;

struct Case {
  std::string name;
  std::string op_type;
  std::vector<Attribute> attributes;
  Tensors inputs;                // float64: variable float tensors; other types: constants; undefined: omitted
  std::size_t gradients = kAll;  // of the first `gradients` inputs

  model::Node node() const {
    auto node = node_of(op_type, attributes, inputs.size());
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (!inputs[i].defined()) node.inputs[i].clear();
    }
    return node;
  }
};

bool varies(const at::Tensor& input) {
  return input.defined() && input.scalar_type() == at::kDouble;
}

const Attribute kSameUpper{"auto_pad", std::string("SAME_UPPER")};
const Attribute kSameLower{"auto_pad", std::string("SAME_LOWER")};
const Attribute kThree{"kernel_shape", Ints{3, 3}};
const Attribute kTwoSteps{"strides", Ints{2, 2}};
const at::Tensor kLeftOut;

std::vector<Case> windows() {
  const auto x = numbers({2, 4, 7, 6});
  const auto weights = numbers({6, 4, 3, 3});
  return {
      {"Conv", "Conv", {{"pads", Ints{1, 1, 1, 1}}}, {x, weights, numbers({6})}},
      {"ConvUneven", "Conv", {{"pads", Ints{0, 1, 2, 1}}, kTwoSteps}, {x, weights}},
      {"ConvGrouped", "Conv", {{"group", 2}, {"dilations", Ints{2, 1}}}, {x, numbers({6, 2, 3, 3}), numbers({6})}},
      {"ConvSameUpper", "Conv", {kSameUpper, kTwoSteps}, {x, weights}},
      {"ConvSameLower", "Conv", {kSameLower, kTwoSteps}, {x, weights}},
      {"ConvValid", "Conv", {{"auto_pad", std::string("VALID")}}, {x, weights}},
      {"ConvOneDimension", "Conv", {{"pads", Ints{2, 1}}}, {numbers({2, 3, 9}), numbers({4, 3, 3}), numbers({4})}},
      {"ConvTranspose", "ConvTranspose", {kTwoSteps}, {x, numbers({4, 3, 3, 3}), numbers({3})}},
      {"ConvTransposeUneven",
       "ConvTranspose",
       {kTwoSteps, {"pads", Ints{1, 0, 0, 1}}, {"output_padding", Ints{1, 1}}},
       {x, numbers({4, 3, 3, 3})}},
      {"ConvTransposeShape",
       "ConvTranspose",
       {kTwoSteps, {"output_shape", Ints{14, 12}}, kSameUpper},
       {x, numbers({4, 3, 3, 3})}},
      {"MaxPool", "MaxPool", {kThree, kTwoSteps, {"pads", Ints{1, 1, 1, 1}}}, {x}},
      {"MaxPoolBehind", "MaxPool", {kThree, kTwoSteps, {"pads", Ints{0, 0, 0, 1}}}, {x}},
      {"MaxPoolBefore", "MaxPool", {kThree, kTwoSteps, {"pads", Ints{2, 2, 0, 1}}}, {x}},
      {"MaxPoolCeil", "MaxPool", {kThree, kTwoSteps, {"ceil_mode", 1}}, {x}},
      {"MaxPoolDilated", "MaxPool", {kThree, {"dilations", Ints{2, 2}}}, {x}},
      {"MaxPoolSameUpper", "MaxPool", {kThree, kTwoSteps, kSameUpper}, {x}},
      {"MaxPoolOneDimension", "MaxPool", {{"kernel_shape", Ints{3}}, {"pads", Ints{1, 0}}}, {numbers({2, 3, 9})}},
      {"AveragePool", "AveragePool", {kThree, {"pads", Ints{1, 1, 1, 1}}}, {x}},
      {"AveragePoolBehind", "AveragePool", {kThree, kTwoSteps, {"pads", Ints{0, 0, 0, 1}}}, {x}},
      {"AveragePoolBefore", "AveragePool", {kThree, {"pads", Ints{2, 1, 0, 0}}}, {x}},
      {"AveragePoolCeil", "AveragePool", {kThree, kTwoSteps, {"ceil_mode", 1}}, {x}},
      {"AveragePoolCounting", "AveragePool", {kThree, {"pads", Ints{1, 1, 1, 1}}, {"count_include_pad", 1}}, {x}},
      {"AveragePoolCountingUneven", "AveragePool", {kThree, {"pads", Ints{0, 1, 1, 2}}, {"count_include_pad", 1}}, {x}},
      {"AveragePoolSameLower", "AveragePool", {kThree, kTwoSteps, kSameLower}, {x}},
      {"GlobalAveragePool", "GlobalAveragePool", {}, {x}},
      {"GlobalMaxPool", "GlobalMaxPool", {}, {x}},
      {"ResponseNormOdd", "LRN", {{"size", 3}, {"alpha", 0.5f}, {"beta", 0.75f}, {"bias", 1.5f}}, {x}},
      {"ResponseNormWide", "LRN", {{"size", 11}, {"alpha", 2.0f}, {"beta", 0.6f}}, {x}},
      {"BatchNormalization",
       "BatchNormalization",
       {{"epsilon", 0.01f}},
       {x, numbers({4}), numbers({4}), numbers({4}), positives({4})},
       3},
      {"Dropout", "Dropout", {}, {x}},
  };
}

std::vector<Case> elements() {
  const auto x = numbers({3, 4, 5});
  const auto other = numbers({4, 1}) + 0.05;
  std::vector<Case> cases;
  for (const std::string op_type : {"Abs", "Neg", "Exp", "Erf", "Sigmoid", "Tanh", "Softplus", "Relu", "LeakyRelu",
                                    "Elu", "Selu", "HardSigmoid", "Identity"})
    cases.push_back({op_type, op_type, {}, {x * 2}});
  for (const std::string op_type : {"Sqrt", "Log", "Reciprocal"})
    cases.push_back({op_type, op_type, {}, {positives({3, 4, 5})}});
  for (const std::string op_type : {"Add", "Sub", "Mul", "Div"}) cases.push_back({op_type, op_type, {}, {x, other}});
  for (const std::string op_type : {"Min", "Max", "Sum"})
    cases.push_back({op_type, op_type, {}, {x, other, numbers({5})}});
  for (const std::string op_type : {"Equal", "Less", "Greater"}) cases.push_back({op_type, op_type, {}, {x, other}, 0});
  for (const std::string op_type : {"Floor", "Ceil"}) cases.push_back({op_type, op_type, {}, {x}, 0});
  cases.insert(cases.end(), {{"Pow", "Pow", {}, {positives({3, 4, 5}), numbers({4, 1})}},
                             {"PowOfOneExponent", "Pow", {}, {x, number(2)}, 1},
                             {"PRelu", "PRelu", {}, {x, numbers({4, 1})}},
                             {"EluAlpha", "Elu", {{"alpha", 0.3f}}, {x}},
                             {"Clip", "Clip", {}, {x, at::scalar_tensor(-0.5f), at::scalar_tensor(0.7f)}},
                             {"ClipBelow", "Clip", {}, {x, at::scalar_tensor(0.1f)}},
                             {"ClipAbove", "Clip", {}, {x, kLeftOut, at::scalar_tensor(0.1f)}},
                             {"Not", "Not", {}, {x > 0}, 0},
                             {"Where", "Where", {}, {numbers({4, 5}) > 0, x, other}},
                             {"HalvesOfIntegers", "Div", {}, {ints({7, -7, 8}), ints({2, 2, -3})}, 0},
                             {"CastToInteger", "Cast", {{"to", std::int64_t{7}}}, {x * 3}, 0}});
  return cases;
}

std::vector<Case> moves() {
  const auto x = numbers({2, 3, 4, 5});
  const std::int64_t far = std::numeric_limits<std::int64_t>::max();
  return {
      {"Concat", "Concat", {{"axis", 1}}, {x, numbers({2, 1, 4, 5})}},
      {"ConcatFromTheEnd", "Concat", {{"axis", -1}}, {x, numbers({2, 3, 4, 1})}},
      {"Split", "Split", {{"axis", 1}}, {x, ints({3})}},
      {"Slice", "Slice", {}, {x, ints({1, -3}), ints({3, far}), ints({1, -1})}},
      {"SliceWithoutAxes", "Slice", {}, {x, ints({0, 1}), ints({2, 9})}},
      {"SliceSteps", "Slice", {}, {x, ints({0}), ints({far}), ints({3}), ints({2})}},
      {"SliceBackwards", "Slice", {}, {x, ints({-1, 9}), ints({-far, 0}), ints({2, 3}), ints({-1, -2})}},
      {"Flatten", "Flatten", {{"axis", 2}}, {x}},
      {"FlattenFromTheEnd", "Flatten", {{"axis", -1}}, {x}},
      {"Reshape", "Reshape", {}, {x, ints({0, -1, 10})}},
      {"Squeeze", "Squeeze", {}, {numbers({2, 1, 3, 1}), ints({-1, 1})}},
      {"SqueezeAll", "Squeeze", {}, {numbers({2, 1, 3, 1})}},
      {"Unsqueeze", "Unsqueeze", {}, {numbers({2, 3}), ints({-1, 0})}},
      {"Transpose", "Transpose", {{"perm", Ints{0, 2, 3, 1}}}, {x}},
      {"TransposeAll", "Transpose", {}, {x}},
      {"Pad", "Pad", {}, {x, ints({0, 1, 0, 2, 1, 0, 0, 1}), at::scalar_tensor(0.5f)}},
      {"PadCropping", "Pad", {}, {x, ints({0, 0, -1, 0, 0, 0, 0, 2})}},
      {"PadEdge", "Pad", {{"mode", std::string("edge")}}, {x, ints({0, 0, 1, 2, 0, 1, 2, 0})}},
      {"PadReflect", "Pad", {{"mode", std::string("reflect")}}, {x, ints({0, 0, 3, 2, 0, 1, 0, 4})}},
      {"Gather", "Gather", {{"axis", 2}}, {x, at::tensor(Ints{0, -1, 2, 0}, at::kLong).reshape({2, 2})}},
      {"GatherOne", "Gather", {{"axis", 1}}, {x, at::scalar_tensor(1, at::kLong)}},
      {"Expand", "Expand", {}, {numbers({3, 1}), ints({2, 1, 4})}},
      {"Shape", "Shape", {}, {x}, 0},
      {"ConstantOfShape", "ConstantOfShape", {}, {ints({2, 3})}, 0},
  };
}

std::vector<Case> reductions() {
  const auto x = numbers({2, 3, 4, 5});
  const auto a = numbers({3, 4});
  const auto b = numbers({4, 2});
  std::vector<Case> cases{
      {"Gemm", "Gemm", {}, {a, b, numbers({2})}},
      {"GemmLinear", "Gemm", {{"transB", 1}}, {a, numbers({2, 4}), numbers({2})}},
      {"GemmTurned", "Gemm", {{"transA", 1}, {"transB", 1}, {"alpha", 0.5f}}, {numbers({4, 3}), numbers({2, 4})}},
      {"GemmScaled", "Gemm", {{"alpha", 0.5f}, {"beta", 2.0f}}, {a, b, numbers({3, 1})}},
      {"MatMul", "MatMul", {}, {a, b}},
      {"MatMulOfMany", "MatMul", {}, {numbers({2, 1, 3, 4}), numbers({3, 4, 2})}},
      {"Softmax", "Softmax", {{"axis", 1}}, {x}},
      {"LogSoftmax", "LogSoftmax", {}, {x}},
      {"ReduceSum", "ReduceSum", {}, {x, ints({1, -1})}},
      {"ReduceSumOfAll", "ReduceSum", {{"keepdims", 0}}, {x}},
      {"ReduceSumOfNone", "ReduceSum", {{"noop_with_empty_axes", 1}}, {x}},
      {"ArgMax", "ArgMax", {{"axis", 1}, {"keepdims", 0}}, {x}, 0},
  };
  for (const std::string op_type : {"ReduceMean", "ReduceMax", "ReduceMin"})
    cases.push_back({op_type, op_type, {{"axes", Ints{2, -1}}, {"keepdims", 0}}, {x}});
  return cases;
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& table : {windows(), elements(), moves(), reductions()})
    all.insert(all.end(), table.begin(), table.end());
  return all;
}

std::vector<Case> cases_with_gradient() {
  auto cases = all_cases();
  std::erase_if(cases, [](const Case& each) { return each.gradients == 0; });
  return cases;
}

Tensors in_floats(Tensors inputs) {
  for (auto& input : inputs) {
    if (varies(input)) input = input.to(at::kFloat);
  }
  return inputs;
}

// What the engine makes of a graph of this one node.
base::Tensor run_in_engine(const Case& each, const Tensors& inputs, const base::TensorType& type) {
  model::GraphBuilder builder("one_node");
  std::vector<base::Tensor> given;
  const auto node = each.node();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!inputs[i].defined()) continue;
    const auto tensor = from_torch(inputs[i]);
    if (varies(each.inputs[i])) {
      builder.input(node.inputs[i], tensor.type());
      given.push_back(tensor);
    } else {
      builder.weight(node.inputs[i], tensor);
    }
  }
  builder.node(node.op_type, node.inputs, node.attributes, "y");
  builder.output("y", type);
  const auto engine = engine::onnx_runtime({.threads = 1});
  return engine->load(builder.finish(), engine::Optimization::None)->run(given).at(0);
}

// libtorch prints whole tensors.
void PrintTo(const Case& each, std::ostream* stream) {
  *stream << each.name;
}

class Operators : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(All, Operators, testing::ValuesIn(all_cases()),
                         [](const auto& each) { return each.param.name; });

TEST_P(Operators, ComputeWhatTheEngineComputes) {
  const at::NoGradGuard guard;
  const auto inputs = in_floats(GetParam().inputs);
  const auto actual = from_torch(compute(GetParam().node(), inputs));
  const auto expected = run_in_engine(GetParam(), inputs, actual.type());
  EXPECT_LT(base::relative_difference(actual, expected), 1e-6) << base::to_string(actual.shape());
}

// Of the sum of all results, each weighted otherwise, by one element of one input.
double slope_at(const Operator& function, const Tensors& inputs, at::Tensor input, std::int64_t element,
                const at::Tensor& shares) {
  constexpr double kStep = 1e-5;
  auto values = input.view(-1);
  const double value = values[element].item<double>();
  const auto sum_with = [&](double changed) {
    values.index_put_({at::tensor(element)}, at::scalar_tensor(changed, at::kDouble));
    return (function(inputs, {})[0] * shares).sum().item<double>();
  };
  const double slope = (sum_with(value + kStep) - sum_with(value - kStep)) / (2 * kStep);
  sum_with(value);
  return slope;
}

class Gradients : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(All, Gradients, testing::ValuesIn(cases_with_gradient()),
                         [](const auto& each) { return each.param.name; });

TEST_P(Gradients, AreTheSlopesOfTheValues) {
  const auto function = make_operator(GetParam().node(), 13);
  Tensors inputs;
  for (const auto& input : GetParam().inputs) {
    const bool has_gradient = varies(input) && inputs.size() < GetParam().gradients;
    inputs.push_back(has_gradient ? input.clone().set_requires_grad(true) : input);
  }
  const auto result = function(inputs, {})[0];
  const auto shares = numbers(result.sizes());
  (result * shares).sum().backward();
  const at::NoGradGuard guard;
  for (const auto& input : inputs) {
    if (!input.defined() || !input.requires_grad()) continue;
    const auto gradient = input.grad().contiguous().view(-1);
    for (std::int64_t i = 0; i < input.numel(); i += 1 + input.numel() / 40) {
      const double expected = slope_at(function, inputs, input, i, shares);
      EXPECT_NEAR(gradient[i].item<double>(), expected, 1e-6 * std::max(1.0, std::abs(expected))) << "element " << i;
    }
  }
}

// The engine takes odd sizes only.
TEST(ResponseNorm, LooksAtOneChannelMoreBehindWhereItsSizeIsEven) {
  const auto x = numbers({1, 5, 2, 2}).set_requires_grad(true);
  const auto squares = at::constant_pad_nd(x.square(), {0, 0, 0, 0, 1, 2});
  at::Tensor sum = at::zeros_like(x);
  for (int i = 0; i < 4; ++i) sum = sum + squares.narrow(1, i, 5);
  const auto expected = x / at::pow(2 + 0.5 / 4 * sum, 0.75);
  const auto actual = compute(node_of("LRN", {{"size", 4}, {"alpha", 0.5f}, {"bias", 2.0f}}, 1), {x});
  EXPECT_TRUE(at::allclose(actual, expected));
  const auto shares = numbers(x.sizes());
  (actual * shares).sum().backward();
  const auto gradient = x.grad().clone();
  x.mutable_grad().zero_();
  (expected * shares).sum().backward();
  EXPECT_TRUE(at::allclose(gradient, x.grad()));
}

// The same as an older opset wrote it: what are inputs now were attributes.
struct OldForm {
  std::int64_t opset;
  std::vector<Attribute> attributes;
  Case today;
};

void PrintTo(const OldForm& each, std::ostream* stream) {
  *stream << each.today.name;
}

std::vector<OldForm> old_forms() {
  const auto x = numbers({2, 3, 4, 5});
  const auto ones = numbers({2, 1, 3, 1});
  const auto rows = x.reshape({2, 60});
  return {
      {7, {{"min", -0.5f}, {"max", 0.7f}}, {"Clip", "Clip", {}, {x, number(-0.5), number(0.7f)}}},
      {9,
       {{"starts", Ints{1}}, {"ends", Ints{9}}, {"axes", Ints{2}}},
       {"Slice", "Slice", {}, {x, ints({1}), ints({9}), ints({2})}}},
      {10,
       {{"pads", Ints{0, 0, 1, 0, 0, 0, 0, 1}}, {"value", 2.0f}},
       {"Pad", "Pad", {}, {x, ints({0, 0, 1, 0, 0, 0, 0, 1}), number(2)}}},
      {12, {{"axes", Ints{1}}}, {"Squeeze", "Squeeze", {}, {ones, ints({1})}}},
      {12, {{"axes", Ints{1, 5}}}, {"Unsqueeze", "Unsqueeze", {}, {x, ints({1, 5})}}},
      {12, {{"axis", 3}, {"split", Ints{5}}}, {"Split", "Split", {{"axis", 3}}, {x, ints({5})}}},
      {12, {{"axes", Ints{1}}}, {"ReduceSum", "ReduceSum", {}, {x, ints({1})}}},
      {18, {}, {"ReduceMean", "ReduceMean", {}, {x}}},
      {12, {}, {"Softmax", "Softmax", {{"axis", 1}}, {rows}}},
  };
}

class OldForms : public testing::TestWithParam<OldForm> {};
INSTANTIATE_TEST_SUITE_P(All, OldForms, testing::ValuesIn(old_forms()),
                         [](const auto& each) { return each.param.today.name; });

TEST_P(OldForms, ComputeWhatTodaysDo) {
  const auto& [opset, attributes, today] = GetParam();
  const auto actual = compute(node_of(today.op_type, attributes, 1), {today.inputs[0]}, opset);
  EXPECT_TRUE(at::allclose(actual, compute(today.node(), today.inputs)));
}

TEST(Softmax, CoveredAllLaterAxesBeforeOpset13) {
  const auto x = numbers({2, 3, 4});
  const auto actual = compute(node_of("Softmax", {}, 1), {x}, 12);
  EXPECT_TRUE(at::allclose(actual, at::softmax(x.reshape({2, 12}), 1).reshape({2, 3, 4})));
}

TEST(ReduceMean, TakesItsAxesAsAnInputSinceOpset18) {
  const auto x = numbers({2, 3, 4});
  EXPECT_TRUE(at::equal(compute(node_of("ReduceMean", {}, 2), {x, ints({1})}, 18), x.mean({1}, true)));
}

TEST(Activations, OfNewOpsetsAreThere) {
  const auto x = numbers({2, 3});
  EXPECT_TRUE(at::equal(compute(node_of("HardSwish", {}, 1), {x}, 14), at::hardswish(x)));
  EXPECT_TRUE(at::equal(compute(node_of("Gelu", {}, 1), {x}, 20), at::gelu(x)));
}

TEST(Pad, TakesItsAxesAsAnInputSinceOpset18) {
  const auto actual = compute(node_of("Pad", {}, 4), {at::ones({2, 2}), ints({0, 1}), at::Tensor(), ints({-1})}, 18);
  EXPECT_TRUE(at::equal(actual, at::constant_pad_nd(at::ones({2, 2}), {0, 1}, 0)));
}

TEST(Split, MakesTheLastPartSmallerWhereTheAxisIsNotDivisible) {
  auto node = node_of("Split", {{"axis", 0}, {"num_outputs", 3}}, 1);
  node.outputs = {"a", "b", "c"};
  const auto parts = make_operator(node, 18)({numbers({7})}, {});
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[1].numel(), 3);
  EXPECT_EQ(parts[2].numel(), 1);
}

TEST(Constant, ComesInManyForms) {
  EXPECT_EQ(compute(node_of("Constant", {{"value_int", 3}}, 0), {}).item<std::int64_t>(), 3);
  EXPECT_EQ(compute(node_of("Constant", {{"value_float", 0.5f}}, 0), {}).item<float>(), 0.5f);
  EXPECT_TRUE(at::equal(compute(node_of("Constant", {{"value_ints", Ints{1, 2}}}, 0), {}), ints({1, 2})));
}

const Circumstances kTraining{.is_training = true};

TEST(BatchNormalization, UsesAndFollowsTheBatchInTraining) {
  const auto x = numbers({8, 2, 3, 3}).to(at::kFloat);
  const auto mean = at::zeros({2});
  const auto variance = at::ones({2});
  const auto node = node_of("BatchNormalization", {{"momentum", 0.75f}, {"epsilon", 0.0f}}, 5);
  const auto y = compute(node, {x, at::ones({2}), at::zeros({2}), mean, variance}, 13, kTraining);
  EXPECT_TRUE(at::allclose(y.mean({0, 2, 3}), at::zeros({2}), 0, 1e-5));
  EXPECT_TRUE(at::allclose(y.var({0, 2, 3}, false), at::ones({2}), 1e-3));
  EXPECT_TRUE(at::allclose(mean, 0.25 * x.mean({0, 2, 3}), 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(variance, 0.75 + 0.25 * x.var({0, 2, 3}), 1e-5));
}

TEST(Dropout, DropsItsShareInTrainingAndScalesTheRest) {
  at::manual_seed(1);
  const auto y = compute(node_of("Dropout", {}, 2), {at::ones({10'000}), number(0.2)}, 13, kTraining);
  const auto kept = y.gt(0);
  EXPECT_NEAR(kept.to(at::kDouble).mean().item<double>(), 0.8, 0.02);
  EXPECT_TRUE(at::allclose(y.masked_select(kept), at::full({1}, 1.25)));
}

TEST(Reshape, TakesTheBatchThatIsThereForTheFiles) {
  const Circumstances of_eight{.batch = 8, .batch_in_file = 1};
  const auto shape_after = [&](const at::Tensor& x, const Ints& target) {
    return compute(node_of("Reshape", {}, 2), {x, ints(target)}, 13, of_eight).sizes().vec();
  };
  EXPECT_EQ(shape_after(at::ones({8, 3, 4}), {1, 12}), (Ints{8, 12}));
  EXPECT_EQ(shape_after(at::ones({8, 3, 4}), {1, -1}), (Ints{8, 12}));
  EXPECT_EQ(shape_after(at::ones({8, 3, 4}), {-1, 12}), (Ints{8, 12}));
  EXPECT_EQ(shape_after(at::ones({8 * 3, 4}), {1, 3, 4}), (Ints{8, 3, 4}));
  EXPECT_EQ(shape_after(at::ones({12}), {1, 12}), (Ints{1, 12}));  // no batch in it
}

std::string refusal(const model::Node& node, std::int64_t opset = 13) {
  try {
    make_operator(node, opset);
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(MakeOperator, SaysWhatItCannotDo) {
  EXPECT_EQ(refusal(node_of("NonMaxSuppression", {}, 2)), "cannot be trained");
  EXPECT_EQ(refusal(node_of("Relu", {}, 1), 6), "cannot be trained, expected opset 7 or later");
  EXPECT_EQ(refusal(node_of("Pad", {{"mode", std::string("wrap")}}, 2)),
            "mode 'wrap', expected constant, edge or reflect");
  EXPECT_EQ(refusal(node_of("Conv", {}, 1)), "input 1 is missing, expected 2");
  EXPECT_EQ(refusal(node_of("Conv", {{"strides", Ints{0, 1}}}, 2)), "strides has 0, expected at least 1");
  EXPECT_EQ(refusal(node_of("BatchNormalization", {{"training_mode", 1}}, 5)),
            "training_mode 1, expected 0: a model exported for inference");
}

TEST(MakeOperator, RefusesOutputsThatItDoesNotMake) {
  auto node = node_of("MaxPool", {kThree}, 1);
  node.outputs.push_back("indices");
  EXPECT_THAT(refusal(node), HasSubstr("output 'indices' is not supported"));
}

TEST(MakeOperator, KnowsOnlyTheOperatorsOfOnnxItself) {
  auto node = node_of("Conv", {}, 2);
  node.domain = "com.microsoft";
  EXPECT_EQ(refusal(node), "cannot be trained");
}

}  // namespace
}  // namespace tandem::train
