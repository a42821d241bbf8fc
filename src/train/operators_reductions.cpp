// Operators that sum along axes: matrix products, reductions, softmaxes.
#include <ATen/ops/addmm.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sum.h>
#include <fmt/format.h>

#include <numeric>

#include "train/kinds.h"

namespace tandem::train {
namespace {

// alpha × A × B + beta × C, where A and B may be transposed.
Operator make_gemm(const model::Node& node, std::int64_t) {
  const bool turns_a = node.integer("transA", 0) != 0;
  const bool turns_b = node.integer("transB", 0) != 0;
  const float alpha = node.number("alpha", 1);
  const float beta = node.number("beta", 1);
  const bool is_linear = !turns_a && turns_b && alpha == 1 && beta == 1;
  return [=](const Tensors& inputs, const Circumstances&) {
    const auto c = optional_input(inputs, 2);
    if (is_linear && (!c.defined() || c.dim() == 1)) return Tensors{at::linear(inputs[0], inputs[1], c)};
    const auto a = turns_a ? inputs[0].t() : inputs[0];
    const auto b = turns_b ? inputs[1].t() : inputs[1];
    if (c.defined()) return Tensors{at::addmm(c, a, b, beta, alpha)};
    return Tensors{alpha == 1 ? at::mm(a, b) : at::mm(a, b).mul(alpha)};
  };
}

Operator make_matmul(const model::Node&, std::int64_t) {
  return [](const Tensors& inputs, const Circumstances&) { return Tensors{at::matmul(inputs[0], inputs[1])}; };
}

using Softmax = at::Tensor (*)(const at::Tensor&, std::int64_t axis);

at::Tensor softmax(const at::Tensor& x, std::int64_t axis) {
  return at::softmax(x, axis);
}
at::Tensor log_softmax(const at::Tensor& x, std::int64_t axis) {
  return at::log_softmax(x, axis);
}

// Along one axis since opset 13; before, over all axes from the given one on.
Kind softmax_kind(Softmax function) {
  return {[function](const model::Node& node, std::int64_t opset) -> Operator {
    const std::int64_t axis = node.integer("axis", opset < 13 ? 1 : -1);
    return [=](const Tensors& inputs, const Circumstances&) {
      const auto& x = inputs[0];
      if (opset >= 13 || axis == -1 || axis + 1 == x.dim()) return Tensors{function(x, axis)};
      return Tensors{function(x.flatten(axis), axis < 0 ? -1 : axis).reshape(x.sizes())};
    };
  }};
}

struct Reduction {
  std::vector<std::int64_t> axes;  // empty: all
  bool keeps = true;               // keep reduced axes, with size 1
  bool keeps_all_without_axes = false;
};
using Reduce = at::Tensor (*)(const at::Tensor&, at::IntArrayRef axes, bool keeps);

at::Tensor mean(const at::Tensor& x, at::IntArrayRef axes, bool keeps) {
  return at::mean(x, axes, keeps);
}
at::Tensor sum(const at::Tensor& x, at::IntArrayRef axes, bool keeps) {
  return at::sum(x, axes, keeps, x.scalar_type());
}

Reduction read_reduction(const model::Node& node) {
  return {.axes = node.integers("axes", {}),
          .keeps = node.integer("keepdims", 1) != 0,
          .keeps_all_without_axes = node.integer("noop_with_empty_axes", 0) != 0};
}

// Axes are an attribute in early opsets, an input in later ones.
Kind reduction_kind(Reduce function) {
  return {[function](const model::Node& node, std::int64_t) -> Operator {
    return [function, reduction = read_reduction(node)](const Tensors& inputs, const Circumstances&) {
      const auto& x = inputs[0];
      const auto given = optional_input(inputs, 1);
      auto axes = given.defined() ? integers_of(given) : reduction.axes;
      if (axes.empty() && reduction.keeps_all_without_axes) return Tensors{x};
      if (axes.empty()) {
        axes.resize(static_cast<std::size_t>(x.dim()));
        std::iota(axes.begin(), axes.end(), 0);
      }
      return Tensors{function(x, axes, reduction.keeps)};
    };
  }};
}

Operator make_argmax(const model::Node& node, std::int64_t) {
  if (node.integer("select_last_index", 0) != 0) refuse("select_last_index 1, expected 0");
  const std::int64_t axis = node.integer("axis", 0);
  const bool keeps = node.integer("keepdims", 1) != 0;
  return [=](const Tensors& inputs, const Circumstances&) { return Tensors{at::argmax(inputs[0], axis, keeps)}; };
}

}  // namespace

Kinds reduction_kinds() {
  return {{"Gemm", {make_gemm, 2}},
          {"MatMul", {make_matmul, 2}},
          {"Softmax", softmax_kind(softmax)},
          {"LogSoftmax", softmax_kind(log_softmax)},
          {"ReduceMean", reduction_kind(mean)},
          {"ReduceSum", reduction_kind(sum)},
          {"ReduceMax", reduction_kind(at::amax)},
          {"ReduceMin", reduction_kind(at::amin)},
          {"ArgMax", {make_argmax}}};
}

}  // namespace tandem::train
