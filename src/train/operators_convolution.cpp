// Conv and ConvTranspose, of one to three spatial dimensions.
#include <ATen/ops/conv1d.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv3d.h>
#include <ATen/ops/conv_transpose1d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/conv_transpose3d.h>
#include <fmt/format.h>

#include "base/error.h"
#include "train/kinds.h"
#include "train/window.h"

namespace tandem::train {
namespace {

// [outputs, inputs, size, …]
at::IntArrayRef kernel_of(const at::Tensor& weights) {
  const std::int64_t rank = weights.dim() - 2;
  if (rank < 1 || rank > 3) refuse(fmt::format("{} spatial dimensions, expected 1 to 3", rank));
  return weights.sizes().slice(2);
}

Operator make_conv(const model::Node& node, std::int64_t) {
  return [window = read_window(node), groups = node.integer("group", 1)](const Tensors& inputs, const Circumstances&) {
    at::Tensor x = inputs[0];
    const at::Tensor& weights = inputs[1];
    const at::Tensor bias = optional_input(inputs, 2);
    auto edges = edges_of(window, x, kernel_of(weights));
    if (!edges.are_alike()) {
      x = pad_edges(x, edges, 0);
      edges.before.assign(edges.before.size(), 0);
    }
    // Autocast knows these functions, not at::convolution.
    const auto conv = [&](auto function) {
      return Tensors{function(x, weights, bias, window.strides, edges.before, window.dilations, groups)};
    };
    using Function = at::Tensor (*)(const at::Tensor&, const at::Tensor&, const c10::optional<at::Tensor>&,
                                    at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t);
    if (weights.dim() == 3) return conv(static_cast<Function>(at::conv1d));
    return weights.dim() == 4 ? conv(static_cast<Function>(at::conv2d)) : conv(static_cast<Function>(at::conv3d));
  };
}

struct Transposed {
  Window window;
  std::int64_t groups = 1;
  std::vector<std::int64_t> output_padding;
  std::vector<std::int64_t> output_shape;  // spatial; empty: by the pads
};

// The edges to crop from `full`, the uncropped result, to `size`.
void crop_to(Edges& edges, std::int64_t full, std::int64_t size, bool is_upper) {
  const std::int64_t total = full - size;
  if (total < 0) refuse(fmt::format("an output of {}, expected at most {}", size, full));
  edges.before.push_back(is_upper ? total / 2 : total - total / 2);
  edges.after.push_back(is_upper ? total - total / 2 : total / 2);
}

Edges cropped_edges(const Transposed& how, const at::Tensor& x, const at::Tensor& full, at::IntArrayRef kernel) {
  const bool is_same = how.window.auto_pad == AutoPad::SameUpper || how.window.auto_pad == AutoPad::SameLower;
  if (how.output_shape.empty() && !is_same) return edges_of(how.window, x, kernel);
  if (!is_same && how.output_shape.size() != kernel.size())
    refuse(fmt::format("{} sizes in output_shape, expected {}", how.output_shape.size(), kernel.size()));
  Edges edges;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const auto dimension = static_cast<std::int64_t>(i) + 2;
    const std::int64_t size = how.output_shape.empty() ? x.size(dimension) * at_dimension(how.window.strides, i)
                                                       : at_dimension(how.output_shape, i);
    crop_to(edges, full.size(dimension), size, how.window.auto_pad == AutoPad::SameUpper);
  }
  return edges;
}

at::Tensor transposed(const Transposed& how, const at::Tensor& x, const at::Tensor& weights, const at::Tensor& bias) {
  const std::vector<std::int64_t> none(kernel_of(weights).size(), 0);
  const auto& [window, groups, output_padding, output_shape] = how;
  const auto conv = [&](auto function) {
    return function(x, weights, bias, window.strides, none, output_padding, groups, window.dilations);
  };
  using Function = at::Tensor (*)(const at::Tensor&, const at::Tensor&, const c10::optional<at::Tensor>&,
                                  at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t, at::IntArrayRef);
  if (weights.dim() == 3) return conv(static_cast<Function>(at::conv_transpose1d));
  return weights.dim() == 4 ? conv(static_cast<Function>(at::conv_transpose2d))
                            : conv(static_cast<Function>(at::conv_transpose3d));
}

Operator make_conv_transpose(const model::Node& node, std::int64_t) {
  Transposed how{.window = read_window(node),
                 .groups = node.integer("group", 1),
                 .output_padding = node.integers("output_padding", {0}),
                 .output_shape = node.integers("output_shape", {})};
  return [how](const Tensors& inputs, const Circumstances&) {
    const auto kernel = kernel_of(inputs[1]);
    at::Tensor full = transposed(how, inputs[0], inputs[1], optional_input(inputs, 2));
    const auto edges = cropped_edges(how, inputs[0], full, kernel);
    for (std::size_t i = 0; i < kernel.size(); ++i) {
      const auto dimension = static_cast<std::int64_t>(i) + 2;
      full = full.narrow(dimension, edges.before[i], full.size(dimension) - edges.before[i] - edges.after[i]);
    }
    return Tensors{full};
  };
}

}  // namespace

Kinds convolution_kinds() {
  return {{"Conv", {make_conv, 2}}, {"ConvTranspose", {make_conv_transpose, 2}}};
}

}  // namespace tandem::train
