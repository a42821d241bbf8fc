#include "cost/fusion.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string_view>
#include <tuple>

namespace tandem::cost {
namespace {

using model::kNoLayer;

constexpr std::int64_t kBlockedChannels = 16;  // with AVX-512; 8 with AVX2, which differs for few networks only

template <std::size_t count>
bool is_one_of(std::string_view op_type, const std::array<std::string_view, count>& op_types) {
  return std::ranges::find(op_types, op_type) != op_types.end();
}

bool is_convolution(std::string_view op) {
  return is_one_of(op, std::array<std::string_view, 3>{"Conv", "FusedConv", "ConvTranspose"});
}

bool is_activation(std::string_view op) {
  return is_one_of(op, std::array<std::string_view, 6>{"Relu", "Clip", "Sigmoid", "Tanh", "LeakyRelu", "HardSigmoid"});
}

bool is_pooling(std::string_view op) {
  return is_one_of(op, std::array<std::string_view, 3>{"MaxPool", "AveragePool", "GlobalAveragePool"});
}

// The operators that a kernel can still absorb: this one, and those of the later states.
enum class Takes { Norm, Sum, Activation, Nothing };

class Fusion {
 public:
  explicit Fusion(const model::Graph& graph)
      : graph_(graph),
        group_of_(graph.layers.size(), kNoLayer),
        is_twin_(graph.layers.size(), false),
        is_blocked_(graph.layers.size(), false) {}

  std::vector<std::vector<std::size_t>> run() {
    find_twins();
    for (std::size_t layer = 0; layer < graph_.layers.size(); ++layer) {
      place(layer);
      is_blocked_[layer] = comes_out_blocked(layer);
    }
    std::ranges::sort(groups_);
    return std::move(groups_);
  }

 private:
  // Equal layers without weights on the same tensors run once: only the first one does.
  void find_twins() {
    std::set<std::tuple<std::string, std::vector<model::TensorId>, std::int64_t, std::int64_t, std::int64_t>> known;
    for (std::size_t layer = 0; layer < graph_.layers.size(); ++layer) {
      const auto& [name, op, inputs, outputs, work, parameters, bytes, window] = graph_.layers[layer];
      const bool can_be_twin = is_activation(op) || is_pooling(op);
      is_twin_[layer] =
          can_be_twin && !known.emplace(op, inputs, window.height * window.width, window.stride, bytes).second;
    }
  }

  void place(std::size_t layer) {
    const std::string& op = graph_.layers[layer].op_type;
    const auto sources = sources_of(layer);
    const bool vanishes = is_twin_[layer] || op == "Identity" || op == "Dropout";
    if (vanishes && sources.size() == 1) return join(layer, group_of_[sources[0]], takes_[group_of_[sources[0]]]);
    if (is_convolution(op)) return start_behind_padding(layer, Takes::Norm);
    if (is_pooling(op)) return start_behind_padding(layer, Takes::Nothing);
    if (op == "Gemm") return start(layer, Takes::Activation);
    if (is_activation(op)) return follow(layer, Takes::Activation, Takes::Nothing);
    if (op == "BatchNormalization" || is_by_constant(layer)) return follow(layer, Takes::Norm, Takes::Norm);
    if (op == "Add" && have_one_layout(sources)) return follow(layer, Takes::Sum, Takes::Activation);
    start(layer, Takes::Nothing);
  }

  bool is_by_constant(std::size_t layer) const {
    const auto& [name, op, inputs, outputs, work, parameters, bytes, window] = graph_.layers[layer];
    return (op == "Mul" || op == "Add") && inputs.size() == 1;
  }

  std::vector<std::size_t> sources_of(std::size_t layer) const {
    std::vector<std::size_t> sources;
    for (const auto id : graph_.layers[layer].inputs) {
      if (graph_.tensors[id].producer != kNoLayer) sources.push_back(graph_.tensors[id].producer);
    }
    return sources;
  }

  bool have_one_layout(const std::vector<std::size_t>& layers) const {
    return layers.size() == 2 && is_blocked_[layers[0]] == is_blocked_[layers[1]];
  }

  bool comes_out_blocked(std::size_t layer) const {
    const auto& made = graph_.layers[layer];
    if (made.outputs.empty()) return false;
    const auto& shape = graph_.tensors[made.outputs[0]].type.shape;
    if (shape.size() != 4) return false;
    const bool fits = shape[1] % kBlockedChannels == 0;
    if (is_convolution(made.op_type)) return fits || made.window.groups == 1;
    const auto sources = sources_of(layer);
    const auto is_blocked = [&](std::size_t source) { return is_blocked_[source]; };
    if (sources.empty() || sources.size() < made.inputs.size() || !std::ranges::all_of(sources, is_blocked))
      return false;
    return fits || !(is_pooling(made.op_type) || made.op_type == "Concat");
  }

  // Read by one layer and its twins.
  bool is_read_once(std::size_t layer) const {
    const auto& outputs = graph_.layers[layer].outputs;
    if (outputs.size() != 1 || graph_.tensors[outputs[0]].is_answer) return false;
    const auto& consumers = graph_.tensors[outputs[0]].consumers;
    return std::ranges::count_if(consumers, [&](std::size_t reader) { return !is_twin_[reader]; }) == 1;
  }

  void start_behind_padding(std::size_t layer, Takes takes) {
    const auto sources = sources_of(layer);
    if (sources.size() == 1 && graph_.layers[sources[0]].op_type == "Pad" && is_read_once(sources[0]))
      return join(layer, group_of_[sources[0]], takes);
    start(layer, takes);
  }

  // Adds the layer to the kernel of the first source that can absorb it.
  void follow(std::size_t layer, Takes needed, Takes after) {
    for (const std::size_t source : sources_of(layer)) {
      const std::size_t group = group_of_[source];
      if (takes_[group] <= needed && !is_twin_[source] && is_read_once(source)) return join(layer, group, after);
    }
    const bool is_norm = graph_.layers[layer].op_type == "BatchNormalization";
    start(layer, is_norm ? Takes::Activation : Takes::Nothing);
  }

  void start(std::size_t layer, Takes takes) {
    groups_.emplace_back();
    takes_.push_back(takes);
    join(layer, groups_.size() - 1, takes);
  }

  void join(std::size_t layer, std::size_t group, Takes takes) {
    groups_[group].push_back(layer);
    group_of_[layer] = group;
    takes_[group] = takes;
  }

  const model::Graph& graph_;
  std::vector<std::size_t> group_of_;  // of each layer
  std::vector<bool> is_twin_;
  std::vector<bool> is_blocked_;  // the layer's output is laid out in blocks of channels
  std::vector<std::vector<std::size_t>> groups_;
  std::vector<Takes> takes_;  // of each group
};

}  // namespace

std::vector<std::vector<std::size_t>> expected_kernels(const model::Graph& graph) {
  return Fusion(graph).run();
}

std::vector<bool> ends_of_kernels(const std::vector<std::vector<std::size_t>>& kernels, std::size_t layer_count) {
  std::vector<bool> ends(layer_count, true);
  for (const auto& layers : kernels) {
    for (std::size_t layer = layers.front(); layer < layers.back(); ++layer) ends[layer] = false;
  }
  return ends;
}

}  // namespace tandem::cost
