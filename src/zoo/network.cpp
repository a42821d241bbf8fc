#include "zoo/network.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <optional>
#include <utility>

namespace tandem::zoo {

using base::ElementType;
using base::Tensor;

namespace {

constexpr double kBiasSpread = 0.05;
constexpr double kLogitDeviation = 2;  // neither one-hot nor uniform after the softmax

struct Padding {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

Padding padding_of(std::int64_t size, std::int64_t kernel, const Window& window) {
  if (window.padding != kSame) return {window.padding, window.padding};
  const auto outputs = (size + window.stride - 1) / window.stride;
  const auto total = std::max<std::int64_t>((outputs - 1) * window.stride + kernel - size, 0);
  return {total / 2, total - total / 2};
}

std::int64_t output_size(std::int64_t size, const Window& window) {
  const auto padding = padding_of(size, window.height, window);
  return (size + padding.begin + padding.end - window.height) / window.stride + 1;
}

std::vector<model::Attribute> attributes_of(std::int64_t size, const Window& window) {
  const auto rows = padding_of(size, window.height, window);
  const auto columns = padding_of(size, window.width, window);
  return {{"kernel_shape", std::vector{window.height, window.width}},
          {"pads", std::vector{rows.begin, columns.begin, rows.end, columns.end}},
          {"strides", std::vector{window.stride, window.stride}}};
}

// The distribution of a convolution's filters, which gives its output variance 1, and the mean of that output.
struct FilterPlan {
  double deviation = 0;
  std::optional<FilterSum> sum;  // absent: not constrained
  double mean = 0;
};

// Filters that sum to zero drop the mean of their inputs, which after a ReLU would drown the differences.
FilterPlan plan_zero_sum(const Sample& input, double fan_in) {
  return {.deviation = std::sqrt(1 / (fan_in * input.variance())), .sum = FilterSum{}};
}

// The few colours of a pixel have most of the signal in common.
FilterPlan plan_free(const Sample& input, double fan_in) {
  return {.deviation = std::sqrt(1 / (fan_in * input.second_moment()))};
}

// A filter of one channel keeps the mean of its window, by the same factor in all channels, and adds as much detail:
// smooth maps pass by the mean, rough ones by the detail, and most by a little of both.
FilterPlan plan_depthwise(const Sample& input, double fan_in, bool negates_odd_filters) {
  const double variance = input.variance();
  const double sum = std::sqrt(1 / variance);
  return {.deviation = std::sqrt(1 / (fan_in * variance)),
          .sum = FilterSum{sum, negates_odd_filters ? -sum : sum},
          .mean = input.mean() * sum};
}

FilterPlan plan_filters(const Sample& input, const Convolution& convolution, std::int64_t channels, double fan_in) {
  if (channels > 3) return plan_zero_sum(input, fan_in);
  if (convolution.groups == 1) return plan_free(input, fan_in);
  return plan_depthwise(input, fan_in, convolution.negates_odd_filters);
}

}  // namespace

Network::Network(const std::string& name, std::uint64_t seed, std::int64_t classes)
    : builder_(name), seed_(seed), classes_(classes) {}

Signal Network::input(std::int64_t channels, std::int64_t size) {
  builder_.input("input", {ElementType::Float32, {1, channels, size, size}});
  return {"input", channels, size, made(0, 1.0 / 3, "input")};  // as of pixels spread over [-1, 1]
}

Signal Network::byte_input(std::int64_t channels, std::int64_t size) {
  builder_.input("input", {ElementType::UInt8, {1, channels, size, size}});
  builder_.node("Cast", {"input"}, {{"to", static_cast<std::int64_t>(ElementType::Float32)}}, "input_cast");
  builder_.node("Mul", {"input_cast", scalar("input_scale/factor", 1.0f / 127.5f)}, {}, "input_scale");
  builder_.node("Sub", {"input_scale", scalar("input_shift/amount", 1.0f)}, {}, "input_shift");
  return {"input_shift", channels, size, made(0, 1.0 / 3, "input")};
}

Signal Network::conv(const std::string& name, const Signal& input, const Convolution& convolution) {
  const auto& [filter_count, window, groups, has_bias, negates_odd_filters, gain] = convolution;
  const auto channels = input.channels / groups;
  const auto fan_in = static_cast<double>(channels * window.height * window.width);
  const auto plan = plan_filters(input.sample, convolution, channels, fan_in);
  const base::Shape shape{filter_count, channels, window.height, window.width};
  std::vector<std::string> inputs{input.tensor, filters(name + "/kernel", shape, plan.deviation * gain, plan.sum)};
  if (has_bias) inputs.push_back(vector(name + "/bias", 0, kBiasSpread, filter_count));
  auto attributes = attributes_of(input.size, window);
  attributes.push_back({"group", groups});
  builder_.node("Conv", inputs, attributes, name);
  return {name, filter_count, output_size(input.size, window), made(plan.mean, gain * gain, name), negates_odd_filters};
}

Signal Network::dense(const std::string& name, const Signal& input, std::int64_t units) {
  return fully_connected(name, input, units, 1);
}

Signal Network::fully_connected(const std::string& name, const Signal& input, std::int64_t units, double deviation) {
  assert(input.size == 1);
  const auto fan_in = static_cast<double>(input.channels);
  const auto kernel = filters(name + "/kernel", {units, input.channels},
                              deviation / std::sqrt(fan_in * input.sample.variance()), FilterSum{});
  const auto bias = vector(name + "/bias", 0, kBiasSpread, units);
  builder_.node("Gemm", {input.tensor, kernel, bias}, {{"transB", 1}}, name);
  return {name, units, 1, made(0, deviation * deviation, name)};
}

Signal Network::batch_norm(const std::string& name, const Signal& input, const Normalization& normalization) {
  const double mean = input.sample.mean();
  const double variance = input.sample.variance();
  const auto channels = input.channels;
  const double gain = normalization.gain;
  assert(normalization.has_scale || gain == 1);
  const auto gamma = normalization.has_scale ? vector(name + "/gamma", gain, 0.1 * gain, channels) : ones(channels);
  const auto beta = vector(name + "/beta", 0, 0.1, channels);
  const auto moving_mean = means(name + "/moving_mean", input);
  const auto moving_variance = vector(name + "/moving_variance", variance, 0.1 * variance, channels);
  builder_.node("BatchNormalization", {input.tensor, gamma, beta, moving_mean, moving_variance},
                {{"epsilon", static_cast<float>(normalization.epsilon)}}, name);
  const double scale = gain / std::sqrt(variance);
  return {name, channels, input.size, input.sample.affine(scale, -scale * mean)};
}

Signal Network::activation(const std::string& op_type, const std::string& name, const Signal& input,
                           const Sample& sample) {
  builder_.node(op_type, {input.tensor}, {}, name);
  return {name, input.channels, input.size, sample};
}

Signal Network::relu(const std::string& name, const Signal& input) {
  return activation("Relu", name, input, input.sample.relu());
}

Signal Network::relu6(const std::string& name, const Signal& input) {
  builder_.node("Clip", {input.tensor, scalar("zero", 0), scalar("six", 6)}, {}, name);
  return {name, input.channels, input.size, input.sample.relu6()};
}

Signal Network::tanh(const std::string& name, const Signal& input) {
  return activation("Tanh", name, input, input.sample.tanh());
}

Signal Network::dropout(const std::string& name, const Signal& input) {
  return activation("Dropout", name, input, input.sample);
}

Signal Network::response_norm(const std::string& name, const Signal& input, std::int64_t size, float alpha) {
  builder_.node("LRN", {input.tensor}, {{"size", size}, {"alpha", alpha}, {"beta", 0.75f}, {"bias", 1.0f}}, name);
  return {name, input.channels, input.size, input.sample};  // alpha × x² is small against 1
}

Signal Network::pool(const std::string& op_type, const std::string& name, const Signal& input, const Window& window) {
  builder_.node(op_type, {input.tensor}, attributes_of(input.size, window), name);
  return {name, input.channels, output_size(input.size, window), input.sample};
}

Signal Network::max_pool(const std::string& name, const Signal& input, const Window& window) {
  auto output = pool("MaxPool", name, input, window);
  output.sample = input.sample.max_pool(window.height * window.width);
  return output;
}

Signal Network::average_pool(const std::string& name, const Signal& input, const Window& window) {
  auto output = pool("AveragePool", name, input, window);
  output.sample = input.sample.average_pool(window.height * window.width);
  return output;
}

Signal Network::global_average_pool(const std::string& name, const Signal& input) {
  builder_.node("GlobalAveragePool", {input.tensor}, {}, name);
  return flatten(name + "_flat", {name, input.channels, 1, input.sample.average_pool(input.size * input.size)});
}

Signal Network::flatten(const std::string& name, const Signal& input) {
  builder_.node("Flatten", {input.tensor}, {{"axis", 1}}, name);
  return {name, input.channels * input.size * input.size, 1, input.sample};
}

Signal Network::add(const std::string& name, const Signal& left, const Signal& right) {
  assert(left.channels == right.channels && left.size == right.size);
  builder_.node("Add", {left.tensor, right.tensor}, {}, name);
  return {name, left.channels, left.size, left.sample + right.sample};
}

Signal Network::scale(const std::string& name, const Signal& input, float factor) {
  builder_.node("Mul", {input.tensor, scalar(name + "/factor", factor)}, {}, name);
  return {name, input.channels, input.size, input.sample.affine(factor, 0)};
}

Signal Network::concat(const std::string& name, const std::vector<Signal>& inputs) {
  std::vector<std::string> tensors;
  std::vector<ChannelSample> parts;
  std::int64_t channels = 0;
  for (const auto& input : inputs) {
    assert(input.size == inputs.front().size);
    tensors.push_back(input.tensor);
    parts.push_back({input.sample, input.channels});
    channels += input.channels;
  }
  builder_.node("Concat", tensors, {{"axis", 1}}, name);
  return {name, channels, inputs.front().size, side_by_side(parts)};
}

Signal Network::shift(const std::string& name, const Signal& input) {
  const auto pads = integers("shift/pads", {0, 0, 0, 0, 0, 0, 1, 1});
  builder_.node("Pad", {input.tensor, pads}, {}, name + "_pad");
  const auto starts = integers("shift/starts", {1, 1});
  const auto ends = integers(name + "/ends", {input.size + 1, input.size + 1});
  builder_.node("Slice", {name + "_pad", starts, ends, integers("shift/axes", {2, 3})}, {}, name);
  return {name, input.channels, input.size, input.sample};
}

void Network::classify(const std::string& name, const Signal& features) {
  const auto logits = fully_connected(name + "_logits", features, classes_, kLogitDeviation);
  builder_.node("Softmax", {logits.tensor}, {{"axis", 1}}, name);
  builder_.output(name, {ElementType::Float32, {1, classes_}});
}

Sample Network::made(double mean, double variance, const std::string& name) const {
  return Sample::normal(mean, variance, seed_of(seed_, name + "/sample"));
}

std::string Network::filters(const std::string& name, base::Shape shape, double deviation,
                             std::optional<FilterSum> sum) {
  return builder_.weight(name, random_filters(std::move(shape), seed_of(seed_, name), deviation, sum));
}

std::string Network::vector(const std::string& name, double center, double spread, std::int64_t count) {
  return builder_.weight(name, random_around(center, spread, count, seed_of(seed_, name)));
}

std::string Network::means(const std::string& name, const Signal& input) {
  const double spread = 0.05 * std::sqrt(input.sample.variance());
  auto tensor = random_around(input.sample.mean(), spread, input.channels, seed_of(seed_, name));
  if (input.odd_means_are_negated) {
    const auto values = tensor.mutable_values<float>();
    for (std::size_t channel = 1; channel < values.size(); channel += 2) values[channel] = -values[channel];
  }
  return builder_.weight(name, tensor);
}

std::string Network::shared_constant(const std::string& name, const Tensor& tensor) {
  if (std::ranges::find(shared_constants_, name) != shared_constants_.end()) return name;
  shared_constants_.push_back(name);
  return builder_.constant(name, tensor);
}

std::string Network::ones(std::int64_t count) {
  const std::vector<float> values(static_cast<std::size_t>(count), 1.0f);
  return shared_constant("ones_" + std::to_string(count), Tensor::of<float>({ElementType::Float32, {count}}, values));
}

std::string Network::scalar(const std::string& name, float value) {
  return shared_constant(name, Tensor::of<float>({ElementType::Float32, {}}, std::vector{value}));
}

std::string Network::integers(const std::string& name, std::initializer_list<std::int64_t> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return shared_constant(name, Tensor::of<std::int64_t>({ElementType::Int64, {count}}, std::vector(values)));
}

}  // namespace tandem::zoo
