#include "train/heads.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "train/averaging.h"

namespace tandem::train {
namespace {

using base::Shape;
using Integers = std::vector<std::int64_t>;

constexpr std::int64_t kMostSide = 16;  // of the input of convolutions
constexpr std::int64_t kLeastSide = 4;  // smaller pictures get no convolutions
constexpr std::int64_t kFilterStep = 8;
constexpr std::int64_t kMostFilters = 128;
constexpr std::int64_t kKernel = 3;
constexpr std::int64_t kStride = 2;
constexpr double kMostDenseShare = 0.25;  // of the limit, for the fully connected layer
constexpr double kAfterRelu = 0.5;        // factor of the mean square

bool is_picture(const Shape& shape) {
  return shape.size() == 4;
}

// The number of values in a row that are averaged, so that at most kMostSide remain.
std::int64_t pooling_of(std::int64_t side) {
  std::int64_t window = 1;
  while (side / window > kMostSide) window *= 2;
  return window;
}

// The [height, width] of a picture that the first convolution reads.
Integers pooled_size(const Shape& shape) {
  return {shape[2] / pooling_of(shape[2]), shape[3] / pooling_of(shape[3])};
}

// The second convolution's output: [batch, filters, height, width].
Shape convolved_shape(const Shape& shape, std::int64_t filters) {
  const Integers size = pooled_size(shape);
  return {shape[0], filters, (size[0] - 1) / kStride + 1, (size[1] - 1) / kStride + 1};
}

std::int64_t features_of(const Shape& picture, std::int64_t side) {
  const Integers size = average_over(picture, side).size;
  return picture[1] * size[0] * size[1];
}

double work_of_dense(std::int64_t batch, std::int64_t features, std::int64_t classes) {
  return static_cast<double>(batch) * static_cast<double>(features) * static_cast<double>(classes);
}

// A picture, averaged down as far as `most` multiply-accumulates require, and fully connected to the classes.
Head dense_head(const Shape& picture, std::int64_t classes, double most) {
  std::int64_t side = kMostHeadSide;
  const auto work = [&] { return work_of_dense(picture[0], features_of(picture, side), classes); };
  while (side > 1 && work() > most) side /= 2;
  return {0, side, work()};
}

Head convolving_head(const Shape& picture, std::int64_t filters, std::int64_t classes, double most) {
  const Shape made = convolved_shape(picture, filters);
  Head head = dense_head(made, classes, kMostDenseShare * most);
  head.filters = filters;
  head.multiply_accumulates +=
      static_cast<double>(base::element_count(made)) * static_cast<double>(kKernel * kKernel * (picture[1] + filters));
  return head;
}

// Draws weights, names tensors and adds nodes.
class HeadBuilder {
 public:
  HeadBuilder(model::GraphBuilder& builder, const HeadAnswer& answer, Random& random)
      : builder_(builder), answer_(answer), random_(random) {}

  std::string pool(const std::string& input, const Shape& shape) {
    const Integers window = {pooling_of(shape[2]), pooling_of(shape[3])};
    return add_averaging(builder_, input, {window, window, pooled_size(shape)}, named("_pool"));
  }

  // `mean_square` is that of the input's values.
  std::string convolve(const std::string& input, const std::string& name, const Shape& kernel, std::int64_t stride,
                       double mean_square) {
    const auto weights = add_weights(named(name), kernel, mean_square);
    builder_.node(
        "Conv", {input, weights.first, weights.second},
        {{"kernel_shape", Integers(2, kKernel)}, {"pads", Integers(4, kKernel / 2)}, {"strides", Integers(2, stride)}},
        named(name));
    return builder_.node("Relu", {named(name)}, {}, named(name + "_relu"));
  }

  // Flat.
  std::string average(const std::string& input, const Shape& shape, std::int64_t side) {
    const std::string averages = add_averaging(builder_, input, average_over(shape, side), named("_averages"));
    return builder_.node("Flatten", {averages}, {{"axis", 1}}, named("_flatten"));
  }

  void classify(const std::string& input, std::int64_t batch, std::int64_t features, double mean_square) {
    const std::string logits = answer_.ends_in_softmax ? named("_logits") : answer_.name;
    const auto weights = add_weights(logits, {answer_.classes, features}, mean_square);
    builder_.node("Gemm", {input, weights.first, weights.second}, {{"transB", 1}}, logits);
    if (answer_.ends_in_softmax) builder_.node("Softmax", {logits}, {{"axis", 1}}, answer_.name);
    builder_.output(answer_.name, {base::ElementType::Float32, {batch, answer_.classes}});
  }

 private:
  std::string named(const std::string& suffix) const { return answer_.name + suffix; }

  // A kernel whose first dimension is that of its outputs, and a bias. Outputs have a mean square of 1.
  std::pair<std::string, std::string> add_weights(const std::string& name, const Shape& shape, double mean_square) {
    base::Tensor kernel = base::Tensor::allocate({base::ElementType::Float32, shape});
    const auto values = kernel.mutable_values<float>();
    const double inputs = static_cast<double>(values.size()) / static_cast<double>(shape[0]);
    const double bound =
        std::sqrt(3 / (inputs * mean_square));  // a uniform distribution has the standard deviation bound ÷ √3
    for (float& value : values) value = static_cast<float>(bound * (2 * draw() - 1));
    base::Tensor bias = base::Tensor::allocate({base::ElementType::Float32, {shape[0]}});
    std::ranges::fill(bias.mutable_values<float>(), 0.0F);
    return {builder_.weight(name + "/kernel", kernel), builder_.weight(name + "/bias", bias)};
  }

  // In [0, 1), the same on every machine.
  double draw() { return std::ldexp(static_cast<double>(random_() >> 11), -53); }

  model::GraphBuilder& builder_;
  const HeadAnswer& answer_;
  Random& random_;
};

}  // namespace

Head size_head(const Shape& shape, std::int64_t classes, double most_multiply_accumulates) {
  if (!is_picture(shape)) return {0, 0, work_of_dense(shape.at(0), shape.at(1), classes)};
  Head best = dense_head(shape, classes, most_multiply_accumulates);
  if (std::ranges::min(pooled_size(shape)) < kLeastSide) return best;
  for (std::int64_t filters = kFilterStep; filters <= kMostFilters; filters += kFilterStep) {
    const Head head = convolving_head(shape, filters, classes, most_multiply_accumulates);
    if (head.multiply_accumulates <= most_multiply_accumulates) best = head;
  }
  return best;
}

void attach_head(model::GraphBuilder& builder, const Head& head, const HeadPlace& place, const HeadAnswer& answer,
                 Random& random) {
  const auto& [tensor, shape, mean_square] = place;
  HeadBuilder parts(builder, answer, random);
  if (!is_picture(shape)) {
    parts.classify(tensor, shape.at(0), shape.at(1), mean_square);
  } else if (head.filters == 0) {
    parts.classify(parts.average(tensor, shape, head.side), shape[0], features_of(shape, head.side), mean_square);
  } else {
    const std::int64_t filters = head.filters;
    const Shape made = convolved_shape(shape, filters);
    auto x = parts.pool(tensor, shape);
    x = parts.convolve(x, "_conv1", {filters, shape[1], kKernel, kKernel}, kStride, mean_square);
    x = parts.convolve(x, "_conv2", {filters, filters, kKernel, kKernel}, 1, kAfterRelu);
    parts.classify(parts.average(x, made, head.side), shape[0], features_of(made, head.side), kAfterRelu);
  }
}

}  // namespace tandem::train
