#include "model/value_rules.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>

namespace tandem::model {
namespace {

// The same range whatever the shapes are. Where any number is allowed but some give NaN or huge tensors, a modest one.
struct FixedRule {
  std::string_view op_type;
  int input;
  double least;
  double most;
  bool is_whole = true;
};
constexpr FixedRule kFixedRules[] = {
    {"BitShift", 1, 0, 7},
    {"BlackmanWindow", 0, 4, 16},
    {"ConstantOfShape", 0, 1, 4},
    {"CumSum", 1, 0, 0},
    {"Div", 1, 1, 4, false},
    {"Dropout", 1, 0, 0.9, false},
    {"Expand", 1, 1, 1},
    {"HammingWindow", 0, 4, 16},
    {"HannWindow", 0, 4, 16},
    {"Log", 0, 0.1, 2, false},
    {"Loop", 0, 1, 3},
    {"MelWeightMatrix", 0, 4, 8},
    {"MelWeightMatrix", 1, 64, 128},
    {"MelWeightMatrix", 2, 8000, 16000},
    {"MelWeightMatrix", 3, 0, 100},
    {"MelWeightMatrix", 4, 2000, 4000},
    {"Mod", 1, 1, 4, false},
    {"NonMaxSuppression", 2, 1, 8},
    {"NonMaxSuppression", 3, 0, 0.9, false},
    {"OneHot", 1, 4, 8},
    {"Pad", 1, 0, 0},
    {"Pow", 1, 0, 3},
    {"Range", 0, 0, 1},
    {"Range", 1, 2, 8},
    {"Range", 2, 1, 1},
    {"Resize", 2, 1, 1},
    {"SequenceAt", 1, 0, 0},
    {"STFT", 1, 1, 4},
    {"STFT", 3, 4, 8},
    {"Slice", 1, 0, 0},
    {"Slice", 2, 1, 8},
    {"Slice", 4, 1, 1},
    {"Sqrt", 0, 0, 2, false},
    {"Tile", 1, 1, 2},
    {"Upsample", 1, 1, 1},
};

// Numbers of places along a dimension of another input: an index [0, size), or a count [1, size].
struct AxisRule {
  std::string_view op_type;
  int input;
  int of_input;
  const char* attribute;  // names the dimension; null: always `axis`
  std::int64_t axis;      // if the attribute is missing
  bool is_count = false;
};
constexpr AxisRule kAxisRules[] = {
    {"ArrayFeatureExtractor", 1, 0, nullptr, -1},
    {"EmbedLayerNormalization", 0, 2, nullptr, 0},
    {"EmbedLayerNormalization", 1, 4, nullptr, 0},
    {"GRU", 4, 0, "layout", 0, true},
    {"Gather", 1, 0, "axis", 0},
    {"GatherBlockQuantized", 1, 0, "gather_axis", 0},
    {"GatherElements", 1, 0, "axis", 0},
    {"LSTM", 4, 0, "layout", 0, true},
    {"NegativeLogLikelihoodLoss", 1, 0, nullptr, 1},
    {"RNN", 4, 0, "layout", 0, true},
    {"ReverseSequence", 1, 0, "time_axis", 0, true},
    {"RoiAlign", 2, 0, nullptr, 0},
    {"Scatter", 1, 0, "axis", 0},
    {"ScatterElements", 1, 0, "axis", 0},
    {"SoftmaxCrossEntropyLoss", 1, 0, nullptr, 1},
    {"TopK", 1, 0, "axis", -1, true},
};

struct Keeper {
  std::string_view op_type;
  std::size_t first;  // of the inputs whose values it keeps
  std::size_t last;   // one past them; at most as many as there are
};
constexpr std::size_t kAll = 1 << 20;
constexpr Keeper kKeepers[] = {
    {"Cast", 0, 1},      {"Ceil", 0, 1},      {"Clip", 0, 1},      {"Compress", 0, 1}, {"Concat", 0, kAll},
    {"Expand", 0, 1},    {"Flatten", 0, 1},   {"Floor", 0, 1},     {"Gather", 0, 1},   {"GatherElements", 0, 1},
    {"GatherND", 0, 1},  {"Identity", 0, 1},  {"Max", 0, kAll},    {"MaxPool", 0, 1},  {"Min", 0, kAll},
    {"Pad", 0, 1},       {"ReduceMax", 0, 1}, {"ReduceMin", 0, 1}, {"Reshape", 0, 1},  {"ReverseSequence", 0, 1},
    {"Round", 0, 1},     {"Slice", 0, 1},     {"Split", 0, 1},     {"Squeeze", 0, 1},  {"Tile", 0, 1},
    {"Transpose", 0, 1}, {"Unsqueeze", 0, 1}, {"Where", 1, 3},
};

std::int64_t attribute_of(const onnx::NodeProto& node, const char* wanted, std::int64_t otherwise) {
  for (const auto& attribute : node.attribute()) {
    if (wanted != nullptr && attribute.name() == wanted) return attribute.i();
  }
  return otherwise;
}

ValueRange indices_below(std::int64_t size) {
  return {0, static_cast<double>(std::max<std::int64_t>(size, 1) - 1)};
}

std::optional<std::int64_t> size_along(const base::Shape& shape, std::int64_t axis) {
  const auto rank = static_cast<std::int64_t>(shape.size());
  if (axis < 0) axis += rank;
  if (axis < 0 || axis >= rank || shape[static_cast<std::size_t>(axis)] < 0) return {};
  return shape[static_cast<std::size_t>(axis)];
}

std::optional<ValueRange> along(const base::Shape& shape, std::int64_t axis, bool is_count) {
  const auto size = size_along(shape, axis);
  if (!size) return {};
  return is_count ? ValueRange{1, static_cast<double>(std::max<std::int64_t>(*size, 1))} : indices_below(*size);
}

// GatherND and ScatterND: inside of every dimension.
std::optional<ValueRange> inside(const base::Shape& shape) {
  if (shape.empty() || std::ranges::min(shape) < 0) return {};
  return indices_below(std::ranges::min(shape));
}

ValueRange exactly(std::vector<double> values) {
  const auto [least, most] = std::ranges::minmax(values);
  return {least, most, true, std::move(values)};
}

// The same dimensions, then ones; or with all that are too many as one.
ValueRange shape_of_same_size(std::size_t count, const base::Shape& shape) {
  std::vector<double> dimensions(count, 0);
  for (std::size_t i = shape.size(); i < count; ++i) dimensions[i] = 1;
  if (count < shape.size()) dimensions.back() = -1;
  return exactly(dimensions);
}

ValueRange first_axes(std::size_t count) {
  std::vector<double> axes(count);
  std::iota(axes.begin(), axes.end(), 0.0);
  return exactly(axes);
}

ValueRange axes_of_size_1(std::size_t count, const base::Shape& shape) {
  std::vector<double> axes;
  for (std::size_t i = 0; i < shape.size() && axes.size() < count; ++i) {
    if (shape[i] == 1) axes.push_back(static_cast<double>(i));
  }
  axes.resize(count);
  return exactly(axes);
}

ValueRange equal_shares(std::size_t count, std::int64_t whole) {
  const auto parts = static_cast<std::int64_t>(count);
  std::vector<double> sizes(count, static_cast<double>(whole / parts));
  sizes.back() += static_cast<double>(whole % parts);
  return exactly(sizes);
}

// Vectors whose elements must fit each other: shapes, sizes, axes. `count`: of the elements.
std::optional<ValueRange> wanted_vector(const onnx::NodeProto& node, int input, std::size_t count,
                                        const base::Shape& shape) {
  const std::string& op_type = node.op_type();
  if (op_type == "Resize" && input == 3) return exactly(std::vector<double>(shape.begin(), shape.end()));
  if (op_type == "Slice" && input == 3) return first_axes(count);
  if (input != 1) return {};
  if (op_type == "Reshape") return shape_of_same_size(count, shape);
  if (op_type == "Squeeze") return axes_of_size_1(count, shape);
  if (op_type == "Unsqueeze" || op_type.starts_with("Reduce")) return first_axes(count);
  const auto whole = size_along(shape, attribute_of(node, "axis", 0));
  const bool splits = op_type == "Split" || op_type == "SplitToSequence";
  return splits && whole ? std::optional(equal_shares(count, *whole)) : std::nullopt;
}

std::optional<ValueRange> wanted_by_shape(const onnx::NodeProto& node, int input, const ShapeOfInput& shape_of) {
  const std::string& op_type = node.op_type();
  for (const AxisRule& rule : kAxisRules) {
    if (rule.op_type != op_type || rule.input != input) continue;
    const auto* shape = shape_of(rule.of_input);
    return shape == nullptr ? std::nullopt
                            : along(*shape, attribute_of(node, rule.attribute, rule.axis), rule.is_count);
  }
  const auto* data = shape_of(0);
  const auto* own = shape_of(input);
  if (data == nullptr || own == nullptr) return {};
  if (input == 1 && (op_type == "GatherND" || op_type == "ScatterND")) return inside(*data);
  const bool is_vector = own->size() == 1 && own->front() > 0;
  return is_vector ? wanted_vector(node, input, static_cast<std::size_t>(own->front()), *data) : std::nullopt;
}

}  // namespace

std::optional<ValueRange> wanted_range(const onnx::NodeProto& node, int input, const ShapeOfInput& shape_of) {
  for (const FixedRule& rule : kFixedRules) {
    if (rule.op_type == node.op_type() && rule.input == input) return ValueRange{rule.least, rule.most, rule.is_whole};
  }
  return wanted_by_shape(node, input, shape_of);
}

std::vector<int> inputs_kept_by(const onnx::NodeProto& node) {
  const auto keeper = std::ranges::find(kKeepers, std::string_view(node.op_type()), &Keeper::op_type);
  if (keeper == std::end(kKeepers)) return {};
  const std::size_t last = std::min(keeper->last, static_cast<std::size_t>(node.input_size()));
  std::vector<int> inputs(last - std::min(last, keeper->first));
  std::iota(inputs.begin(), inputs.end(), static_cast<int>(keeper->first));
  return inputs;
}

}  // namespace tandem::model
