// Operators that differ in training (BatchNormalization, Dropout), and local response normalisation.
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/dropout.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "train/kinds.h"

namespace tandem::train {
namespace {

// Inputs: x, scale, bias, running mean, running variance. Training updates the last two.
Operator make_batch_norm(const model::Node& node, std::int64_t opset) {
  if (node.integer("training_mode", 0) != 0) refuse("training_mode 1, expected 0: a model exported for inference");
  if (opset < 9 && node.integer("spatial", 1) != 1) refuse("spatial 0, expected 1");
  const double epsilon = node.number("epsilon", 1e-5f);
  const double share_of_new = 1 - node.number("momentum", 0.9f);  // libtorch's momentum
  return [=](const Tensors& inputs, const Circumstances& circumstances) {
    return Tensors{at::batch_norm(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4], circumstances.is_training,
                                  share_of_new, epsilon, false)};
  };
}

Operator make_dropout(const model::Node& node, std::int64_t opset) {
  const double fixed = opset < 12 ? node.number("ratio", 0.5f) : 0.5;
  return [fixed](const Tensors& inputs, const Circumstances& circumstances) {
    if (!circumstances.is_training) return Tensors{inputs[0]};
    const auto ratio = optional_input(inputs, 1);
    return Tensors{at::dropout(inputs[0], ratio.defined() ? ratio.item<double>() : fixed, true)};
  };
}

// y = x ÷ (bias + alpha ÷ size × the sum of the squares of `size` neighbouring channels)^beta.
struct Response {
  std::int64_t before = 0;  // channels
  std::int64_t after = 0;
  double alpha = 0;  // divided by the size
  double beta = 0;
  double bias = 0;
};

at::Tensor sum_of_neighbours(const at::Tensor& x, std::int64_t before, std::int64_t after) {
  auto sum = x.clone();
  const std::int64_t channels = x.size(1);
  for (std::int64_t i = 1; i <= std::min(before, channels - 1); ++i)
    sum.narrow(1, i, channels - i).add_(x.narrow(1, 0, channels - i));
  for (std::int64_t i = 1; i <= std::min(after, channels - 1); ++i)
    sum.narrow(1, 0, channels - i).add_(x.narrow(1, i, channels - i));
  return sum;
}

// The squares are tiny beside the bias: half precision would lose them.
at::Tensor widened(const at::Tensor& x) {
  return x.scalar_type() == at::kBFloat16 ? x.to(at::kFloat) : x;
}

// x^-beta. Nearly all networks have beta = 3/4, for which two square roots take a quarter of the time.
at::Tensor power(const at::Tensor& base, double beta) {
  if (beta != 0.75) return base.pow(-beta);
  const auto root = base.rsqrt();
  return root.sqrt().mul_(root);
}

// libtorch's own function uses a three-dimensional pool, which takes longer than the surrounding convolutions.
struct LocalResponseNorm : torch::autograd::Function<LocalResponseNorm> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const Response& response) {
    const auto wide = widened(x);
    const auto base =
        sum_of_neighbours(wide.square(), response.before, response.after).mul_(response.alpha).add_(response.bias);
    const auto factor = power(base, response.beta);
    context->save_for_backward({x, base, factor});
    context->saved_data["before"] = response.before;
    context->saved_data["after"] = response.after;
    context->saved_data["slope"] = -2 * response.alpha * response.beta;
    return wide.mul(factor).to(x.scalar_type());
  }

  static std::vector<at::Tensor> backward(torch::autograd::AutogradContext* context,
                                          const std::vector<at::Tensor>& gradients) {
    const auto saved = context->get_saved_variables();
    const auto x = widened(saved[0]);
    auto direct = widened(gradients[0]).mul(saved[2]);
    // A channel contributes to the sums of its neighbours, so before and after change places.
    const auto through_sums = sum_of_neighbours(direct.mul(x).div_(saved[1]), context->saved_data["after"].toInt(),
                                                context->saved_data["before"].toInt())
                                  .mul_(x);
    direct.add_(through_sums, context->saved_data["slope"].toDouble());
    return {direct.to(saved[0].scalar_type()), at::Tensor()};
  }
};

Operator make_response_norm(const model::Node& node, std::int64_t) {
  const std::int64_t size = node.integer("size", 0);
  if (size < 1) refuse(fmt::format("size {}, expected at least 1", size));
  const Response response{.before = (size - 1) / 2,
                          .after = size / 2,
                          .alpha = node.number("alpha", 1e-4f) / static_cast<double>(size),
                          .beta = node.number("beta", 0.75f),
                          .bias = node.number("bias", 1)};
  return [response](const Tensors& inputs, const Circumstances&) {
    return Tensors{LocalResponseNorm::apply(inputs[0], response)};
  };
}

}  // namespace

Kinds normalization_kinds() {
  return {{"BatchNormalization", {make_batch_norm, 5}}, {"Dropout", {make_dropout}}, {"LRN", {make_response_norm}}};
}

}  // namespace tandem::train
