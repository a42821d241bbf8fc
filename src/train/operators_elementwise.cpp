// Elementwise operators: arithmetic, comparisons and activations.
#include <ATen/ops/abs.h>
#include <ATen/ops/add.h>
#include <ATen/ops/ceil.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/clamp_max.h>
#include <ATen/ops/div.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/eq.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/floor.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/greater.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/less.h>
#include <ATen/ops/log.h>
#include <ATen/ops/logical_not.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/reciprocal.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>

#include <limits>

#include "train/kinds.h"

namespace tandem::train {
namespace {

using Unary = at::Tensor (*)(const at::Tensor&);
using Binary = at::Tensor (*)(const at::Tensor&, const at::Tensor&);

Kind unary(Unary function) {
  return {[function](const model::Node&, std::int64_t) -> Operator {
    return [function](const Tensors& inputs, const Circumstances&) { return Tensors{function(inputs[0])}; };
  }};
}

// For two inputs; where ONNX allows any number, for the result so far and each further input.
Kind binary(Binary function, std::size_t least = 2) {
  return {[function](const model::Node&, std::int64_t) -> Operator {
            return [function](const Tensors& inputs, const Circumstances&) {
              at::Tensor result = inputs[0];
              for (std::size_t i = 1; i < inputs.size(); ++i) result = function(result, inputs[i]);
              return Tensors{result};
            };
          },
          least};
}

at::Tensor add(const at::Tensor& a, const at::Tensor& b) {
  return at::add(a, b);
}
at::Tensor subtract(const at::Tensor& a, const at::Tensor& b) {
  return at::sub(a, b);
}
at::Tensor softplus(const at::Tensor& x) {
  return at::softplus(x);
}

at::Tensor divide(const at::Tensor& a, const at::Tensor& b) {
  return a.is_floating_point() ? at::div(a, b) : at::div(a, b, "trunc");
}

// A single exponent, the usual case, is faster than a tensor of exponents.
at::Tensor power(const at::Tensor& base, const at::Tensor& exponent) {
  const bool is_single = exponent.numel() == 1 && exponent.dim() <= base.dim() && !exponent.requires_grad();
  const auto result = is_single ? at::pow(base, exponent.item()) : at::pow(base, exponent);
  return result.to(base.scalar_type());
}

at::Tensor parametric_relu(const at::Tensor& x, const at::Tensor& slope) {
  return at::relu(x).add(at::clamp_max(x, 0).mul(slope));
}

Operator make_relu(const model::Node&, std::int64_t) {
  return [](const Tensors& inputs, const Circumstances& circumstances) {
    at::Tensor x = inputs[0];
    return Tensors{circumstances.may_overwrite ? at::relu_(x) : at::relu(x)};
  };
}

Operator make_leaky_relu(const model::Node& node, std::int64_t) {
  return [alpha = node.number("alpha", 0.01f)](const Tensors& inputs, const Circumstances&) {
    return Tensors{at::leaky_relu(inputs[0], alpha)};
  };
}

Operator make_elu(const model::Node& node, std::int64_t) {
  return [alpha = node.number("alpha", 1)](const Tensors& inputs, const Circumstances&) {
    return Tensors{at::elu(inputs[0], alpha)};
  };
}

Operator make_selu(const model::Node& node, std::int64_t) {
  const float alpha = node.number("alpha", 1.67326319217681884765625f);
  const float gamma = node.number("gamma", 1.05070102214813232421875f);
  return [=](const Tensors& inputs, const Circumstances&) { return Tensors{at::elu(inputs[0], alpha, gamma)}; };
}

Operator make_hard_sigmoid(const model::Node& node, std::int64_t) {
  const float alpha = node.number("alpha", 0.2f);
  const float beta = node.number("beta", 0.5f);
  return [=](const Tensors& inputs, const Circumstances&) {
    return Tensors{at::clamp(inputs[0].mul(alpha).add(beta), 0, 1)};
  };
}

Operator make_gelu(const model::Node& node, std::int64_t) {
  const auto approximate = node.text("approximate", "none");
  if (approximate != "none" && approximate != "tanh")
    refuse(fmt::format("approximate '{}', expected none or tanh", approximate));
  return
      [approximate](const Tensors& inputs, const Circumstances&) { return Tensors{at::gelu(inputs[0], approximate)}; };
}

using Bound = c10::optional<at::Scalar>;

at::Tensor clipped(const at::Tensor& x, const Bound& low, const Bound& high) {
  if (!low && !high) return x;
  const bool is_between = low && high && x.is_floating_point();
  return is_between ? at::hardtanh(x, *low, *high) : at::clamp(x, low, high);  // hardtanh is faster
}

Bound bound_of(const at::Tensor& input) {
  return input.defined() ? Bound(input.item()) : c10::nullopt;
}

// The bounds are attributes before opset 11, inputs since.
Operator make_clip(const model::Node& node, std::int64_t opset) {
  const Bound low = node.number("min", std::numeric_limits<float>::lowest());
  const Bound high = node.number("max", std::numeric_limits<float>::max());
  if (opset < 11)
    return [=](const Tensors& inputs, const Circumstances&) { return Tensors{clipped(inputs[0], low, high)}; };
  return [](const Tensors& inputs, const Circumstances&) {
    const auto least = bound_of(optional_input(inputs, 1));
    return Tensors{clipped(inputs[0], least, bound_of(optional_input(inputs, 2)))};
  };
}

Operator make_where(const model::Node&, std::int64_t) {
  return
      [](const Tensors& inputs, const Circumstances&) { return Tensors{at::where(inputs[0], inputs[1], inputs[2])}; };
}

}  // namespace

Kinds elementwise_kinds() {
  return {{"Abs", unary(at::abs)},
          {"Neg", unary(at::neg)},
          {"Sqrt", unary(at::sqrt)},
          {"Exp", unary(at::exp)},
          {"Log", unary(at::log)},
          {"Erf", unary(at::erf)},
          {"Reciprocal", unary(at::reciprocal)},
          {"Floor", unary(at::floor)},
          {"Ceil", unary(at::ceil)},
          {"Not", unary(at::logical_not)},
          {"Sigmoid", unary(at::sigmoid)},
          {"HardSwish", unary(at::hardswish)},
          {"Tanh", unary(at::tanh)},
          {"Softplus", unary(softplus)},
          {"Add", binary(add)},
          {"Sub", binary(subtract)},
          {"Mul", binary(at::mul)},
          {"Div", binary(divide)},
          {"Pow", binary(power)},
          {"Sum", binary(add, 1)},
          {"Min", binary(at::minimum, 1)},
          {"Max", binary(at::maximum, 1)},
          {"Equal", binary(at::eq)},
          {"Less", binary(at::less)},
          {"Greater", binary(at::greater)},
          {"PRelu", binary(parametric_relu)},
          {"Relu", {make_relu}},
          {"LeakyRelu", {make_leaky_relu}},
          {"Elu", {make_elu}},
          {"Selu", {make_selu}},
          {"HardSigmoid", {make_hard_sigmoid}},
          {"Gelu", {make_gelu}},
          {"Clip", {make_clip}},
          {"Where", {make_where, 3}}};
}

}  // namespace tandem::train
