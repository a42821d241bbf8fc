// Pools over one or two spatial dimensions, and over all of them.
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/ones.h>
#include <fmt/format.h>

#include <limits>
#include <numeric>

#include "train/kinds.h"
#include "train/window.h"

namespace tandem::train {
namespace {

struct Pool {
  Window window;  // of two dimensions; for one-dimensional pools, the second
  bool is_flat = false;
  bool rounds_up = false;     // the size of the output
  bool counts_edges = false;  // of an average: padding counts as zeros
};

std::vector<std::int64_t> spread(const std::vector<std::int64_t>& list, std::int64_t first) {
  return list.size() == 1 ? std::vector{first, list[0]} : list;
}

Pool read_pool(const model::Node& node) {
  Pool pool{.window = read_window(node),
            .rounds_up = node.integer("ceil_mode", 0) != 0,
            .counts_edges = node.integer("count_include_pad", 0) != 0};
  auto& [kernel, strides, dilations, pads, auto_pad] = pool.window;
  if (kernel.empty() || kernel.size() > 2)
    refuse(fmt::format("kernel_shape of {} dimensions, expected 1 or 2", kernel.size()));
  pool.is_flat = kernel.size() == 1;
  strides = spread(strides, strides[0]);
  dilations = spread(dilations, dilations[0]);
  if (!pool.is_flat) return pool;
  kernel = {1, kernel[0]};
  if (pads.size() == 2) pads = {0, pads[0], 0, pads[1]};
  return pool;
}

std::int64_t output_size(const Pool& pool, std::int64_t size, std::size_t dimension, const Edges& edges,
                         bool rounds_up) {
  const std::int64_t stride = pool.window.strides[dimension];
  const std::int64_t span = (pool.window.kernel[dimension] - 1) * pool.window.dilations[dimension] + 1;
  const std::int64_t room = size + edges.before[dimension] + edges.after[dimension] - span;
  const std::int64_t count = (room + (rounds_up ? stride - 1 : 0)) / stride + 1;
  const bool starts_outside = rounds_up && (count - 1) * stride >= size + edges.before[dimension];
  return starts_outside ? count - 1 : count;
}

// Whether libtorch, which pads a dimension equally on both sides, makes the same windows.
bool is_matched(const Pool& pool, const at::Tensor& x, const Edges& edges, bool rounds_up) {
  const Edges alike{edges.before, edges.before};
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t size = x.size(static_cast<std::int64_t>(i) + 2);
    if (edges.before[i] > pool.window.kernel[i] / 2) return false;
    if (output_size(pool, size, i, alike, rounds_up) != output_size(pool, size, i, edges, pool.rounds_up)) return false;
  }
  return true;
}

struct Call {
  at::Tensor x;
  std::vector<std::int64_t> padding;
  bool rounds_up = false;
};

// Avoids a copy of x where possible: padding only behind x is the same as rounding up the output's size.
Call fit(const Pool& pool, const at::Tensor& x, const Edges& edges, double value) {
  for (const bool rounds_up : {false, true}) {
    if (is_matched(pool, x, edges, rounds_up)) return {x, edges.before, rounds_up};
  }
  return {pad_edges(x, edges, value), {0, 0}, pool.rounds_up};
}

at::Tensor max_pool(const Pool& pool, const at::Tensor& x) {
  const auto& window = pool.window;
  const auto call = fit(pool, x, edges_of(window, x, window.kernel), -std::numeric_limits<double>::infinity());
  return at::max_pool2d(call.x, window.kernel, window.strides, call.padding, window.dilations, call.rounds_up);
}

at::Tensor average(const Pool& pool, const Call& call, bool counts_edges) {
  return at::avg_pool2d(call.x, pool.window.kernel, pool.window.strides, call.padding, call.rounds_up, counts_edges);
}

at::Tensor average_pool(const Pool& pool, const at::Tensor& x) {
  const auto edges = edges_of(pool.window, x, pool.window.kernel);
  if (pool.counts_edges && !edges.are_alike())
    return average(pool, {pad_edges(x, edges, 0), {0, 0}, pool.rounds_up}, true);
  const auto call = fit(pool, x, edges, 0);
  const auto means = average(pool, call, pool.counts_edges);
  if (call.x.is_same(x) || pool.counts_edges) return means;
  // Corrects an average that counted padding: the average of ones is the factor.
  const auto ones = at::ones({1, 1, x.size(2), x.size(3)}, x.options());
  return means.div(average(pool, {pad_edges(ones, edges, 0), call.padding, call.rounds_up}, false));
}

Operator make_pool(const Pool& pool, at::Tensor (*function)(const Pool&, const at::Tensor&)) {
  return [pool, function](const Tensors& inputs, const Circumstances&) {
    if (!pool.is_flat) return Tensors{function(pool, inputs[0])};
    return Tensors{function(pool, inputs[0].unsqueeze(2)).squeeze(2)};
  };
}

Operator make_max_pool(const model::Node& node, std::int64_t) {
  return make_pool(read_pool(node), max_pool);
}

Operator make_average_pool(const model::Node& node, std::int64_t) {
  const auto pool = read_pool(node);
  for (const std::int64_t dilation : pool.window.dilations) {
    if (dilation != 1) refuse(fmt::format("dilation {}, expected 1", dilation));
  }
  return make_pool(pool, average_pool);
}

std::vector<std::int64_t> spatial_dimensions(const at::Tensor& x) {
  if (x.dim() < 3) refuse(fmt::format("an input of {} dimensions, expected at least 3", x.dim()));
  std::vector<std::int64_t> dimensions(static_cast<std::size_t>(x.dim() - 2));
  std::iota(dimensions.begin(), dimensions.end(), 2);
  return dimensions;
}

Operator make_global_average_pool(const model::Node&, std::int64_t) {
  return [](const Tensors& inputs, const Circumstances&) {
    return Tensors{inputs[0].mean(spatial_dimensions(inputs[0]), true)};
  };
}

Operator make_global_max_pool(const model::Node&, std::int64_t) {
  return [](const Tensors& inputs, const Circumstances&) {
    return Tensors{inputs[0].amax(spatial_dimensions(inputs[0]), true)};
  };
}

}  // namespace

Kinds pooling_kinds() {
  return {{"MaxPool", {make_max_pool}},
          {"AveragePool", {make_average_pool}},
          {"GlobalAveragePool", {make_global_average_pool}},
          {"GlobalMaxPool", {make_global_max_pool}}};
}

}  // namespace tandem::train
