// Operators that move elements without computing, and operators that compute shapes.
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/split.h>
#include <ATen/ops/split_with_sizes.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <c10/core/WrapDimMinimal.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "train/kinds.h"
#include "train/torch_tensors.h"

namespace tandem::train {

using base::Error;
using base::ErrorKind;

namespace {

using Integers = std::vector<std::int64_t>;

[[noreturn]] void reject(const std::string& reason) {
  throw Error(ErrorKind::InvalidInput, reason);
}

// An argument that is an attribute in early opsets and an input in later ones.
Integers list_of(const Integers& attribute, const Tensors& inputs, std::size_t index) {
  const auto input = optional_input(inputs, index);
  return input.defined() ? integers_of(input) : attribute;
}

Operator make_identity(const model::Node&, std::int64_t) {
  return [](const Tensors& inputs, const Circumstances&) { return Tensors{inputs[0]}; };
}

Operator make_cast(const model::Node& node, std::int64_t) {
  const auto scalar = scalar_type_of(static_cast<base::ElementType>(node.integer("to", 0)));
  return [scalar](const Tensors& inputs, const Circumstances&) { return Tensors{inputs[0].to(scalar)}; };
}

at::Tensor constant_of(const model::Node& node) {
  if (const auto* value = node.find("value")) {
    if (const auto* tensor = std::get_if<base::Tensor>(&value->value)) return to_torch(*tensor);
    reject("attribute 'value' is not a tensor");
  }
  if (node.find("value_float") != nullptr) return at::scalar_tensor(node.number("value_float", 0));
  if (node.find("value_floats") != nullptr) return at::tensor(node.numbers("value_floats", {}));
  if (node.find("value_int") != nullptr) return at::scalar_tensor(node.integer("value_int", 0), at::kLong);
  if (node.find("value_ints") != nullptr) return at::tensor(node.integers("value_ints", {}), at::kLong);
  refuse("a constant other than a tensor, a number or a list of numbers");
}

Operator make_constant(const model::Node& node, std::int64_t) {
  return [value = constant_of(node)](const Tensors&, const Circumstances&) { return Tensors{value}; };
}

Operator make_constant_of_shape(const model::Node& node, std::int64_t) {
  const auto value = node.find("value") == nullptr ? at::zeros({1}) : constant_of(node);
  return [value](const Tensors& inputs, const Circumstances&) {
    const auto shape = integers_of(inputs[0]);
    base::element_count(shape);
    return Tensors{at::full(shape, value.item(), value.options())};
  };
}

Operator make_shape(const model::Node& node, std::int64_t) {
  const std::int64_t start = node.integer("start", 0);
  const std::int64_t end = node.integer("end", std::numeric_limits<std::int64_t>::max());
  return [=](const Tensors& inputs, const Circumstances&) {
    return Tensors{at::tensor(inputs[0].sizes(), at::kLong).slice(0, start, end)};
  };
}

Operator make_concat(const model::Node& node, std::int64_t) {
  return [axis = node.integer("axis", 1)](const Tensors& inputs, const Circumstances&) {
    return Tensors{at::cat(inputs, axis)};
  };
}

// In equal parts, the last one possibly smaller, unless sizes are given.
Operator make_split(const model::Node& node, std::int64_t) {
  const auto parts = static_cast<std::int64_t>(node.outputs.size());
  return [parts, axis = node.integer("axis", 0), sizes = node.integers("split", {})](const Tensors& inputs,
                                                                                     const Circumstances&) -> Tensors {
    const auto given = list_of(sizes, inputs, 1);
    const auto result = given.empty() ? at::split(inputs[0], (inputs[0].size(axis) + parts - 1) / parts, axis)
                                      : at::split_with_sizes(inputs[0], given, axis);
    if (static_cast<std::int64_t>(result.size()) == parts) return result;
    reject(fmt::format("{} parts, expected {}", result.size(), parts));
  };
}

struct Range {
  std::int64_t start = 0;
  std::int64_t end = 0;
  std::int64_t step = 1;
};

at::Tensor sliced(const at::Tensor& x, std::int64_t axis, Range range) {
  if (range.step == 0) reject("a step of 0");
  if (range.step > 0) return x.slice(axis, range.start, range.end, range.step);
  const std::int64_t size = x.size(axis);  // libtorch has no negative steps
  const auto from_front = [&](std::int64_t index) { return index < 0 ? index + size : index; };
  const std::int64_t start = std::clamp<std::int64_t>(from_front(range.start), -1, size - 1);
  const std::int64_t end = std::clamp<std::int64_t>(from_front(range.end), -1, size - 1);
  return x.index_select(axis, at::arange(start, std::min(start, end), range.step, at::kLong));
}

// Starts, ends, axes and steps are attributes (without steps) before opset 10, inputs since.
Operator make_slice(const model::Node& node, std::int64_t) {
  return [starts = node.integers("starts", {}), ends = node.integers("ends", {}), axes = node.integers("axes", {})](
             const Tensors& inputs, const Circumstances&) {
    const auto from = list_of(starts, inputs, 1);
    const auto to = list_of(ends, inputs, 2);
    auto along = list_of(axes, inputs, 3);
    if (along.empty()) {
      along.resize(from.size());
      std::iota(along.begin(), along.end(), 0);
    }
    const auto steps = list_of(Integers(from.size(), 1), inputs, 4);
    if (to.size() != from.size() || along.size() != from.size() || steps.size() != from.size())
      reject(fmt::format("{} starts, {} ends, {} axes and {} steps, expected as many of each", from.size(), to.size(),
                         along.size(), steps.size()));
    at::Tensor x = inputs[0];
    for (std::size_t i = 0; i < from.size(); ++i) x = sliced(x, along[i], {from[i], to[i], steps[i]});
    return Tensors{x};
  };
}

Operator make_flatten(const model::Node& node, std::int64_t) {
  return [axis = node.integer("axis", 1)](const Tensors& inputs, const Circumstances&) {
    const auto sizes = inputs[0].sizes();
    const auto front = sizes.slice(0, static_cast<std::size_t>(axis < 0 ? axis + inputs[0].dim() : axis));
    return Tensors{
        inputs[0].reshape({c10::multiply_integers(front), c10::multiply_integers(sizes.slice(front.size()))})};
  };
}

// A shape in a file is made for the file's batch. If its first dimension is that batch, and the shape leaves a
// dimension open or has another number of elements than x, the first dimension becomes the current batch.
void follow_batch(Integers& shape, const at::Tensor& x, const Circumstances& circumstances) {
  if (shape.empty() || x.dim() == 0 || shape[0] != circumstances.batch_in_file) return;
  const bool is_open = std::ranges::find(shape, -1) != shape.end();
  const bool does_follow = is_open ? x.size(0) % circumstances.batch == 0
                                   : base::element_count(shape) != static_cast<std::size_t>(x.numel());
  if (does_follow) shape[0] = circumstances.batch;
}

Operator make_reshape(const model::Node& node, std::int64_t) {
  const bool allows_zero = node.integer("allowzero", 0) != 0;
  return [allows_zero](const Tensors& inputs, const Circumstances& circumstances) {
    const auto& x = inputs[0];
    auto shape = integers_of(inputs[1]);
    for (std::size_t i = 0; i < shape.size() && !allows_zero; ++i) {
      if (shape[i] == 0) shape[i] = x.size(static_cast<std::int64_t>(i));
    }
    follow_batch(shape, x, circumstances);
    return Tensors{x.reshape(shape)};
  };
}

// Axes of a tensor of `rank` dimensions, counted from the front, ascending.
Integers wrapped(Integers axes, std::int64_t rank) {
  for (auto& axis : axes) axis = c10::maybe_wrap_dim(axis, rank);
  std::ranges::sort(axes);
  return axes;
}

Operator make_squeeze(const model::Node& node, std::int64_t) {
  return [fixed = node.integers("axes", {})](const Tensors& inputs, const Circumstances&) {
    const auto axes = wrapped(list_of(fixed, inputs, 1), inputs[0].dim());
    if (axes.empty()) return Tensors{inputs[0].squeeze()};
    at::Tensor x = inputs[0];
    for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) x = x.squeeze(*axis);
    return Tensors{x};
  };
}

Operator make_unsqueeze(const model::Node& node, std::int64_t) {
  return [fixed = node.integers("axes", {})](const Tensors& inputs, const Circumstances&) {
    const auto axes = list_of(fixed, inputs, 1);
    at::Tensor x = inputs[0];
    for (const auto axis : wrapped(axes, x.dim() + static_cast<std::int64_t>(axes.size()))) x = x.unsqueeze(axis);
    return Tensors{x};
  };
}

Operator make_transpose(const model::Node& node, std::int64_t) {
  return [fixed = node.integers("perm", {})](const Tensors& inputs, const Circumstances&) {
    Integers order = fixed;
    for (std::int64_t axis = inputs[0].dim(); fixed.empty() && axis-- > 0;) order.push_back(axis);
    return Tensors{inputs[0].permute(order)};
  };
}

enum class PadMode { Constant, Edge, Reflect };

PadMode read_pad_mode(const model::Node& node) {
  const auto text = node.text("mode", "constant");
  if (text == "constant") return PadMode::Constant;
  if (text == "edge") return PadMode::Edge;
  if (text == "reflect") return PadMode::Reflect;
  refuse(fmt::format("mode '{}', expected constant, edge or reflect", text));
}

// The indices of an axis after padding by `before` and `after`; negative padding crops.
at::Tensor padded_indices(PadMode mode, std::int64_t size, std::int64_t before, std::int64_t after) {
  const auto places = at::arange(-before, size + after, at::kLong);
  if (mode == PadMode::Edge) return places.clamp(0, size - 1);
  const std::int64_t last = std::max<std::int64_t>(size - 1, 1);  // of one reflection there and back
  return places.remainder(2 * last).sub(last).abs().neg().add(last);
}

at::Tensor padded(PadMode mode, const at::Tensor& x, const Integers& before, const Integers& after, double value) {
  if (mode == PadMode::Constant) {
    Integers pads;  // libtorch begins with the last dimension
    for (std::size_t i = before.size(); i-- > 0;) pads.insert(pads.end(), {before[i], after[i]});
    return at::constant_pad_nd(x, pads, value);
  }
  at::Tensor result = x;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    if (before[i] == 0 && after[i] == 0) continue;
    result = result.index_select(axis, padded_indices(mode, x.size(axis), before[i], after[i]));
  }
  return result;
}

// Pads and the value are attributes before opset 11, inputs since; axes are an input since opset 18.
Operator make_pad(const model::Node& node, std::int64_t) {
  return [mode = read_pad_mode(node), fixed = node.integers("pads", {}), fixed_value = node.number("value", 0)](
             const Tensors& inputs, const Circumstances&) {
    const auto& x = inputs[0];
    const auto pads = list_of(fixed, inputs, 1);
    const auto value = optional_input(inputs, 2);
    Integers all(static_cast<std::size_t>(x.dim()));
    std::iota(all.begin(), all.end(), 0);
    const auto axes = list_of(all, inputs, 3);
    if (pads.size() != 2 * axes.size()) reject(fmt::format("{} pads, expected {}", pads.size(), 2 * axes.size()));
    Integers before(all.size(), 0);
    Integers after(all.size(), 0);
    for (std::size_t i = 0; i < axes.size(); ++i) {
      const auto axis = static_cast<std::size_t>(c10::maybe_wrap_dim(axes[i], x.dim()));
      before[axis] = pads[i];
      after[axis] = pads[axes.size() + i];
    }
    return Tensors{padded(mode, x, before, after, value.defined() ? value.item<double>() : fixed_value)};
  };
}

Operator make_gather(const model::Node& node, std::int64_t) {
  return [fixed = node.integer("axis", 0)](const Tensors& inputs, const Circumstances&) {
    const auto& x = inputs[0];
    const auto& indices = inputs[1];
    const std::int64_t axis = c10::maybe_wrap_dim(fixed, x.dim());
    const auto flat = indices.to(at::kLong).reshape(-1);
    auto shape = x.sizes().vec();
    shape.erase(shape.begin() + axis);
    shape.insert(shape.begin() + axis, indices.sizes().begin(), indices.sizes().end());
    return Tensors{x.index_select(axis, at::where(flat.lt(0), flat.add(x.size(axis)), flat)).reshape(shape)};
  };
}

// `shape`, where a dimension of 1, or a missing one, is that of `sizes`.
Integers broadcast(at::IntArrayRef sizes, Integers shape) {
  if (shape.size() < sizes.size()) shape.insert(shape.begin(), sizes.size() - shape.size(), 1);
  for (std::size_t i = 1; i <= sizes.size(); ++i) {
    auto& dimension = shape[shape.size() - i];
    if (dimension == 1) dimension = sizes[sizes.size() - i];
  }
  return shape;
}

Operator make_expand(const model::Node&, std::int64_t) {
  return [](const Tensors& inputs, const Circumstances&) {
    const auto shape = broadcast(inputs[0].sizes(), integers_of(inputs[1]));
    base::element_count(shape);
    return Tensors{inputs[0].expand(shape)};
  };
}

constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

}  // namespace

Kinds shape_kinds() {
  return {{"Identity", {make_identity}},
          {"Cast", {make_cast}},
          {"Constant", {make_constant, 0}},
          {"ConstantOfShape", {make_constant_of_shape}},
          {"Shape", {make_shape}},
          {"Concat", {make_concat}},
          {"Split", {make_split, 1, kAnyNumber}},
          {"Slice", {make_slice}},
          {"Flatten", {make_flatten}},
          {"Reshape", {make_reshape, 2}},
          {"Squeeze", {make_squeeze}},
          {"Unsqueeze", {make_unsqueeze}},
          {"Transpose", {make_transpose}},
          {"Pad", {make_pad}},
          {"Gather", {make_gather, 2}},
          {"Expand", {make_expand, 2}}};
}

}  // namespace tandem::train
