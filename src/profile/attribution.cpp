#include "profile/attribution.h"

#include <algorithm>
#include <unordered_map>

namespace tandem::profile {
namespace {

constexpr std::size_t kNoKernel = static_cast<std::size_t>(-1);

class Attributor {
 public:
  explicit Attributor(const model::Graph& graph) : graph_(graph), kernel_of_(graph.layers.size(), kNoKernel) {
    for (std::size_t layer = 0; layer < graph.layers.size(); ++layer) {
      for (const auto id : graph.layers[layer].outputs) by_name_[graph.tensors[id].name] = layer;
    }
    for (std::size_t layer = 0; layer < graph.layers.size(); ++layer) by_name_[graph.layers[layer].name] = layer;
  }

  Attribution run(std::vector<rpc::KernelTime> kernels) {
    Attribution result;
    for (std::size_t kernel = 0; kernel < kernels.size(); ++kernel) {
      const std::size_t layer = find_layer(kernels[kernel].name);
      if (layer == model::kNoLayer) {
        result.unattributed_ms += kernels[kernel].median_ms;
      } else if (kernel_of_[layer] == kNoKernel) {
        kernel_of_[layer] = kernel;
        anchors_.push_back(layer);
      } else {
        kernels[kernel_of_[layer]].median_ms += kernels[kernel].median_ms;
      }
    }
    for (const std::size_t anchor : anchors_) claim_before(anchor);
    claim_after();
    claim_leading();
    place_times(kernels, result);
    return result;
  }

 private:
  // Tries the name as it is, then without what engines add to it.
  std::size_t find_layer(std::string name) const {
    while (true) {
      const auto found = by_name_.find(name);
      if (found != by_name_.end()) return found->second;
      const auto underscore = name.rfind('_');
      if (name.starts_with("fused ")) {
        name = name.substr(6);
      } else if (underscore != std::string::npos) {
        name.resize(underscore);
      } else {
        return model::kNoLayer;
      }
    }
  }

  // Layers that feed only this kernel, back to the first product of sums: what the kernel had to compute first.
  void claim_before(std::size_t layer) {
    while (graph_.layers[layer].multiply_accumulates == 0) {
      const std::size_t before = only_source(layer);
      if (before == model::kNoLayer || kernel_of_[before] != kNoKernel) return;
      kernel_of_[before] = kernel_of_[layer];
      layer = before;
    }
    claim_padding(layer);
  }

  void claim_padding(std::size_t layer) {
    const std::size_t before = only_source(layer);
    if (before == model::kNoLayer || graph_.layers[before].op_type != "Pad" || kernel_of_[before] != kNoKernel) return;
    kernel_of_[before] = kernel_of_[layer];
  }

  // The one layer that feeds this one and nothing else.
  std::size_t only_source(std::size_t layer) const {
    std::size_t source = model::kNoLayer;
    for (const auto id : graph_.layers[layer].inputs) {
      const auto& tensor = graph_.tensors[id];
      if (tensor.producer == model::kNoLayer || tensor.consumers.size() != 1 || source != model::kNoLayer)
        return model::kNoLayer;
      source = tensor.producer;
    }
    return source;
  }

  // A layer without a kernel that follows one was fused into the latest kernel among its sources.
  void claim_after() {
    for (std::size_t layer = 0; layer < graph_.layers.size(); ++layer) {
      if (kernel_of_[layer] != kNoKernel) continue;
      for (const auto id : graph_.layers[layer].inputs) {
        const std::size_t source = graph_.tensors[id].producer;
        if (source == model::kNoLayer || kernel_of_[source] == kNoKernel) continue;
        if (kernel_of_[layer] == kNoKernel || kernel_of_[source] > kernel_of_[layer])
          kernel_of_[layer] = kernel_of_[source];
      }
    }
  }

  // What comes before any kernel belongs to the first that reads it.
  void claim_leading() {
    for (std::size_t layer = graph_.layers.size(); layer-- > 0;) {
      if (kernel_of_[layer] != kNoKernel) continue;
      for (const auto id : graph_.layers[layer].outputs) {
        for (const std::size_t reader : graph_.tensors[id].consumers)
          kernel_of_[layer] = std::min(kernel_of_[layer], kernel_of_[reader]);
      }
    }
  }

  void place_times(const std::vector<rpc::KernelTime>& kernels, Attribution& result) const {
    const std::size_t count = graph_.layers.size();
    std::vector<std::size_t> first(kernels.size(), count);
    std::vector<std::size_t> last(kernels.size(), 0);
    for (std::size_t layer = 0; layer < count; ++layer) {
      const std::size_t kernel = kernel_of_[layer];
      if (kernel == kNoKernel) continue;
      first[kernel] = std::min(first[kernel], layer);
      last[kernel] = layer;
    }
    result.layer_ms.assign(count, 0);
    result.ends_kernel.assign(count, true);
    for (std::size_t kernel = 0; kernel < kernels.size(); ++kernel) {
      if (first[kernel] == count) continue;
      result.layer_ms[first[kernel]] += kernels[kernel].median_ms;
      for (std::size_t layer = first[kernel]; layer < last[kernel]; ++layer) result.ends_kernel[layer] = false;
    }
  }

  const model::Graph& graph_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::vector<std::size_t> kernel_of_;  // of each layer
  std::vector<std::size_t> anchors_;    // layers that a kernel's name led to
};

}  // namespace

Attribution attribute(const model::Graph& graph, const std::vector<rpc::KernelTime>& kernels) {
  return Attributor(graph).run(kernels);
}

}  // namespace tandem::profile
