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

  std::vector<cost::Kernel> run(const std::vector<rpc::KernelTime>& times) {
    std::vector<cost::Kernel> kernels;
    for (const auto& time : times) {
      const std::size_t layer = find_layer(time.name);
      if (layer != model::kNoLayer && kernel_of_[layer] != kNoKernel) {
        kernels[kernel_of_[layer]].median_ms += time.median_ms;
        continue;
      }
      if (layer != model::kNoLayer) {
        kernel_of_[layer] = kernels.size();
        anchors_.push_back(layer);
      }
      kernels.push_back({time.name, time.op_type, time.median_ms, {}, {}});
    }
    for (const std::size_t anchor : anchors_) claim_before(anchor);
    claim_after();
    claim_leading();
    for (std::size_t layer = 0; layer < kernel_of_.size(); ++layer) {
      if (kernel_of_[layer] != kNoKernel) kernels[kernel_of_[layer]].layers.push_back(layer);
    }
    for (auto& kernel : kernels) kernel.features = cost::features_of(graph_, kernel.layers);
    return kernels;
  }

 private:
  // Tries the name as it is, then without the additions of engines.
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

  // Layers that feed only this kernel, back to the layer of multiply-accumulates that it had to compute first. If that
  // layer has a kernel of its own, the layers between belong to that kernel.
  void claim_before(std::size_t anchor) {
    std::vector<std::size_t> chain{anchor};
    while (graph_.layers[chain.back()].multiply_accumulates == 0) {
      const std::size_t before = only_source(chain.back());
      if (before == model::kNoLayer || kernel_of_[before] != kNoKernel) {
        chain.resize(1);
        break;
      }
      chain.push_back(before);
    }
    for (const std::size_t layer : chain) kernel_of_[layer] = kernel_of_[anchor];
    claim_padding(chain.back());
  }

  void claim_padding(std::size_t layer) {
    const std::size_t before = only_source(layer);
    if (before == model::kNoLayer || graph_.layers[before].op_type != "Pad" || kernel_of_[before] != kNoKernel) return;
    kernel_of_[before] = kernel_of_[layer];
  }

  // Engines compute equal layers once.
  bool all_do_the_same(const std::vector<std::size_t>& layers) const {
    const auto& first = graph_.layers[layers.front()];
    return std::ranges::all_of(layers, [&](std::size_t layer) {
      const auto& other = graph_.layers[layer];
      return other.op_type == first.op_type && other.inputs == first.inputs && other.window == first.window;
    });
  }

  // The one layer that feeds this one and nothing else.
  std::size_t only_source(std::size_t layer) const {
    std::size_t source = model::kNoLayer;
    for (const auto id : graph_.layers[layer].inputs) {
      const auto& tensor = graph_.tensors[id];
      if (tensor.producer == model::kNoLayer || !all_do_the_same(tensor.consumers) || source != model::kNoLayer)
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

  // Layers before all kernels belong to the first kernel that reads them.
  void claim_leading() {
    for (std::size_t layer = graph_.layers.size(); layer-- > 0;) {
      if (kernel_of_[layer] != kNoKernel) continue;
      for (const auto id : graph_.layers[layer].outputs) {
        for (const std::size_t reader : graph_.tensors[id].consumers)
          kernel_of_[layer] = std::min(kernel_of_[layer], kernel_of_[reader]);
      }
    }
  }

  const model::Graph& graph_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::vector<std::size_t> kernel_of_;  // of each layer
  std::vector<std::size_t> anchors_;    // layers that names of kernels led to
};

}  // namespace

std::vector<cost::Kernel> attribute(const model::Graph& graph, const std::vector<rpc::KernelTime>& kernels) {
  return Attributor(graph).run(kernels);
}

}  // namespace tandem::profile
