#include "train/window.h"

#include <ATen/ops/constant_pad_nd.h>
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "base/error.h"
#include "train/kinds.h"

namespace tandem::train {

using base::Error;
using base::ErrorKind;

namespace {

AutoPad read_auto_pad(const model::Node& node) {
  const std::string text = node.text("auto_pad", "NOTSET");
  if (text == "NOTSET" || text.empty()) return AutoPad::NotSet;
  if (text == "VALID") return AutoPad::Valid;
  if (text == "SAME_UPPER") return AutoPad::SameUpper;
  if (text == "SAME_LOWER") return AutoPad::SameLower;
  refuse(fmt::format("auto_pad '{}', expected NOTSET, VALID, SAME_UPPER or SAME_LOWER", text));
}

std::vector<std::int64_t> read_list(const model::Node& node, const std::string& name,
                                    const std::vector<std::int64_t>& otherwise, std::int64_t least) {
  auto list = node.integers(name, otherwise);
  for (const std::int64_t number : list) {
    if (number >= least) continue;
    throw Error(ErrorKind::InvalidInput, fmt::format("{} has {}, expected at least {}", name, number, least));
  }
  return list.empty() ? otherwise : list;
}

void check_length(const char* name, std::size_t length, std::size_t expected) {
  if (length == expected) return;
  throw Error(ErrorKind::InvalidInput, fmt::format("{} {}, expected {}", length, name, expected));
}

void check_lengths(const Window& window, const at::Tensor& x, std::size_t rank) {
  check_length("dimensions of the input", x.sizes().size(), rank + 2);
  if (window.strides.size() != 1) check_length("strides", window.strides.size(), rank);
  if (window.dilations.size() != 1) check_length("dilations", window.dilations.size(), rank);
  if (!window.pads.empty()) check_length("pads", window.pads.size(), 2 * rank);
}

// TensorFlow's rule: as many outputs as the stride allows, and an odd zero where the name says.
void add_same_edges(Edges& edges, std::int64_t size, std::int64_t stride, std::int64_t span, bool is_upper) {
  const std::int64_t outputs = (size + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((outputs - 1) * stride + span - size, 0);
  const std::int64_t less = total / 2;
  edges.before.push_back(is_upper ? less : total - less);
  edges.after.push_back(is_upper ? total - less : less);
}

}  // namespace

Window read_window(const model::Node& node) {
  Window window{.kernel = read_list(node, "kernel_shape", {}, 1),
                .strides = read_list(node, "strides", {1}, 1),
                .dilations = read_list(node, "dilations", {1}, 1),
                .pads = read_list(node, "pads", {}, 0),
                .auto_pad = read_auto_pad(node)};
  if (window.auto_pad != AutoPad::NotSet) window.pads.clear();
  return window;
}

std::int64_t at_dimension(const std::vector<std::int64_t>& list, std::size_t dimension) {
  return list.size() == 1 ? list[0] : list[dimension];
}

Edges edges_of(const Window& window, const at::Tensor& x, at::IntArrayRef kernel) {
  check_lengths(window, x, kernel.size());
  if (!window.pads.empty()) {
    const auto middle = window.pads.begin() + static_cast<std::ptrdiff_t>(kernel.size());
    return {{window.pads.begin(), middle}, {middle, window.pads.end()}};
  }
  const std::vector<std::int64_t> none(kernel.size(), 0);
  if (window.auto_pad == AutoPad::NotSet || window.auto_pad == AutoPad::Valid) return {none, none};
  Edges edges;
  for (std::size_t i = 0; i < kernel.size(); ++i) {
    const std::int64_t span = (kernel[i] - 1) * at_dimension(window.dilations, i) + 1;
    add_same_edges(edges, x.size(static_cast<std::int64_t>(i) + 2), at_dimension(window.strides, i), span,
                   window.auto_pad == AutoPad::SameUpper);
  }
  return edges;
}

at::Tensor pad_edges(const at::Tensor& x, const Edges& edges, double value) {
  std::vector<std::int64_t> pads;  // libtorch begins with the last dimension
  for (std::size_t i = edges.before.size(); i-- > 0;) {
    pads.push_back(edges.before[i]);
    pads.push_back(edges.after[i]);
  }
  return at::constant_pad_nd(x, pads, value);
}

}  // namespace tandem::train
