#include "profile/kernel_links.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>

namespace tandem::profile {
namespace {

// Operators that change the layout, the shape or the type of a tensor, which engines insert.
constexpr std::array<std::string_view, 5> kChanges = {"ReorderInput", "ReorderOutput", "Transpose", "Reshape", "Cast"};

bool is_change(const rpc::KernelTime& kernel) {
  return std::ranges::find(kChanges, kernel.op_type) != kChanges.end() && !kernel.inputs.empty() &&
         kernel.outputs.size() == 1;
}

}  // namespace

KernelLinks::KernelLinks(const model::Graph& graph, const std::vector<rpc::KernelTime>& kernels,
                         const std::vector<std::size_t>& named)
    : graph_(graph), kernels_(kernels), ends_(kernels.size()), read_(kernels.size()), is_constant_(kernels.size()) {
  for (model::TensorId id = 0; id < graph.tensors.size(); ++id) ids_[graph.tensors[id].name] = id;
  find_changes();
  find_ends(named);
  find_readers();
  find_constants();
}

void KernelLinks::find_changes() {
  for (const auto& kernel : kernels_) {
    if (!is_change(kernel)) continue;
    const auto from = ids_.find(kernel.inputs[0]);
    const auto to = ids_.find(kernel.outputs[0]);
    if (from != ids_.end() && to == ids_.end()) entering_.emplace(kernel.outputs[0], from->second);
    if (from == ids_.end() && to != ids_.end()) leaving_.emplace(kernel.inputs[0], to->second);
  }
}

void KernelLinks::find_ends(const std::vector<std::size_t>& named) {
  for (std::size_t kernel = 0; kernel < kernels_.size(); ++kernel) {
    bool is_in_model = false;
    for (const auto& tensor : kernels_[kernel].outputs) {
      makers_.emplace(tensor, kernel);
      for (const auto* places : {&ids_, &leaving_}) {
        const auto id = places->find(tensor);
        if (id == places->end() || graph_.tensors[id->second].producer == model::kNoLayer) continue;
        ends_[kernel].push_back(graph_.tensors[id->second].producer);
        is_in_model |= places == &ids_;
      }
    }
    const bool is_of_engine = !is_in_model && !is_change(kernels_[kernel]);
    if (is_of_engine && named[kernel] != model::kNoLayer) add_named_end(kernel, named[kernel]);
    std::ranges::sort(ends_[kernel], std::greater{});
  }
}

void KernelLinks::add_named_end(std::size_t kernel, std::size_t layer) {
  ends_[kernel].push_back(layer);
  const auto& made = graph_.layers[layer].outputs;
  const auto& outputs = kernels_[kernel].outputs;
  if (outputs.size() == 1 && made.size() == 1) named_.emplace(outputs[0], made[0]);
}

void KernelLinks::find_readers() {
  for (std::size_t kernel = 0; kernel < kernels_.size(); ++kernel) {
    for (const auto& tensor : kernels_[kernel].inputs) {
      readers_.emplace(tensor, kernel);
      if (const auto id = read_as(tensor)) read_[kernel].insert(*id);
    }
  }
}

// Such as a dequantized weight. Kernels come in order of execution.
void KernelLinks::find_constants() {
  const auto is_constant = [&](const std::string& tensor) {
    const auto maker = makers_.find(tensor);
    return !ids_.contains(tensor) && (maker == makers_.end() || is_constant_[maker->second]);
  };
  for (std::size_t kernel = 0; kernel < kernels_.size(); ++kernel) {
    const auto& inputs = kernels_[kernel].inputs;
    is_constant_[kernel] = !inputs.empty() && std::ranges::all_of(inputs, is_constant);
  }
}

std::optional<model::TensorId> KernelLinks::read_as(const std::string& tensor) const {
  for (const auto* places : {&ids_, &leaving_, &named_, &entering_}) {
    if (const auto known = places->find(tensor); known != places->end()) return known->second;
  }
  return std::nullopt;
}

bool KernelLinks::is_exact(std::size_t kernel) const {
  const auto is_clear = [&](const std::string& tensor) {
    const auto maker = makers_.find(tensor);
    return read_as(tensor) || maker == makers_.end() || is_constant_[maker->second];
  };
  const auto& inputs = kernels_[kernel].inputs;
  return !inputs.empty() && !ends_[kernel].empty() && std::ranges::all_of(inputs, is_clear);
}

std::size_t KernelLinks::reader_of(std::size_t kernel) const {
  for (const auto& tensor : kernels_[kernel].outputs) {
    if (const auto reader = readers_.find(tensor); reader != readers_.end()) return reader->second;
  }
  return kNone;
}

std::size_t KernelLinks::maker_for(std::size_t kernel) const {
  for (const auto& tensor : kernels_[kernel].inputs) {
    if (const auto maker = makers_.find(tensor); maker != makers_.end()) return maker->second;
  }
  return kNone;
}

}  // namespace tandem::profile
