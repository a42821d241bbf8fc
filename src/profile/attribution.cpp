#include "profile/attribution.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "profile/kernel_links.h"

namespace tandem::profile {
namespace {

constexpr std::size_t kNoKernel = static_cast<std::size_t>(-1);

// Layers by their names and by those of their outputs.
class LayerNames {
 public:
  explicit LayerNames(const model::Graph& graph) {
    for (std::size_t layer = 0; layer < graph.layers.size(); ++layer) {
      for (const auto id : graph.layers[layer].outputs) by_name_[graph.tensors[id].name] = layer;
    }
    for (std::size_t layer = 0; layer < graph.layers.size(); ++layer) by_name_[graph.layers[layer].name] = layer;
  }

  std::vector<std::size_t> find_all(const std::vector<rpc::KernelTime>& times) const {
    std::vector<std::size_t> layers;
    for (const auto& time : times) layers.push_back(find(time.name));
    return layers;
  }

 private:
  // Tries the name as it is, then without the additions of engines: "fused a", "a_nchwc", "a/MatMulAddFusion/".
  std::size_t find(std::string name) const {
    while (true) {
      const auto found = by_name_.find(name);
      if (found != by_name_.end()) return found->second;
      const auto slash = name.find_last_of('/', name.size() - (name.ends_with('/') ? 2 : 1));
      const auto underscore = name.rfind('_');
      if (name.starts_with("fused ")) {
        name = name.substr(6);
      } else if (slash != std::string::npos && name.find("Fusion", slash) != std::string::npos) {
        name.resize(slash);
      } else if (underscore != std::string::npos) {
        name.resize(underscore);
      } else {
        return model::kNoLayer;
      }
    }
  }

  std::unordered_map<std::string, std::size_t> by_name_;
};

class Attributor {
 public:
  Attributor(const model::Graph& graph, const std::vector<rpc::KernelTime>& times)
      : graph_(graph),
        times_(times),
        links_(graph, times, LayerNames(graph).find_all(times)),
        kernel_of_(graph.layers.size(), kNoKernel) {}

  std::vector<cost::Kernel> run() {
    const auto layers = layers_of_times();
    auto kernels = add_up(layers);
    for (std::size_t time = 0; time < times_.size(); ++time) {
      if (layers[time] != model::kNoLayer) add_ends(time, kernel_of_[layers[time]]);
    }
    for (std::size_t time = 0; time < times_.size(); ++time) {
      if (layers[time] != model::kNoLayer) claim_between(time, kernel_of_[layers[time]]);
    }
    for (const std::size_t end : ends_) {
      if (!is_settled_.contains(end)) claim_before(end);
    }
    claim_after();
    claim_leading();
    for (std::size_t layer = 0; layer < kernel_of_.size(); ++layer) {
      if (kernel_of_[layer] != kNoKernel) kernels[kernel_of_[layer]].layers.push_back(layer);
    }
    for (auto& kernel : kernels) kernel.features = cost::features_of(graph_, kernel.layers);
    return kernels;
  }

 private:
  // The layer that each time belongs to. Kernels that only make a tensor of the engine's own, in another layout, say,
  // work for the kernel that reads it, or else for the one that they read.
  std::vector<std::size_t> layers_of_times() const {
    std::vector<std::size_t> layers;
    for (std::size_t time = 0; time < times_.size(); ++time) {
      const auto& ends = links_.ends_of(time);
      layers.push_back(ends.empty() ? model::kNoLayer : ends.front());
    }
    for (std::size_t time = times_.size(); time-- > 0;) take_over(layers, time, links_.reader_of(time));
    for (std::size_t time = 0; time < times_.size(); ++time) take_over(layers, time, links_.maker_for(time));
    return layers;
  }

  static void take_over(std::vector<std::size_t>& layers, std::size_t time, std::size_t other) {
    if (layers[time] == model::kNoLayer && other != KernelLinks::kNone) layers[time] = layers[other];
  }

  // One kernel for all times of a layer, called after the longest of those that compute it.
  std::vector<cost::Kernel> add_up(const std::vector<std::size_t>& layers) {
    std::vector<cost::Kernel> kernels;
    std::vector<double> longest_ms;
    for (std::size_t i = 0; i < times_.size(); ++i) {
      const auto& time = times_[i];
      const bool is_known = layers[i] != model::kNoLayer && kernel_of_[layers[i]] != kNoKernel;
      const std::size_t place = is_known ? kernel_of_[layers[i]] : kernels.size();
      if (!is_known) {
        kernels.push_back({time.name, time.op_type, 0, {}, {}});
        longest_ms.push_back(-1);
        if (layers[i] != model::kNoLayer) add_end(layers[i], place);
      }
      kernels[place].median_ms += time.median_ms;
      if (links_.ends_of(i).empty() || time.median_ms <= longest_ms[place]) continue;
      longest_ms[place] = time.median_ms;
      kernels[place].name = time.name;
      kernels[place].op_type = time.op_type;
    }
    return kernels;
  }

  void add_ends(std::size_t time, std::size_t kernel) {
    for (const std::size_t layer : links_.ends_of(time)) {
      if (kernel_of_[layer] == kNoKernel) add_end(layer, kernel);
    }
  }

  void add_end(std::size_t layer, std::size_t kernel) {
    kernel_of_[layer] = kernel;
    ends_.push_back(layer);
    is_end_.insert(layer);
  }

  // Where all tensors of a kernel are known: the layers between those that it reads and its ends. Engines that compute
  // equal layers once may have it read another one's tensor: then the walk does not end at its inputs, and it claims
  // nothing.
  void claim_between(std::size_t time, std::size_t kernel) {
    if (!links_.is_exact(time)) return;
    std::vector<std::size_t> found = links_.ends_of(time);
    std::unordered_set<std::size_t> seen(found.begin(), found.end());
    for (std::size_t next = 0; next < found.size(); ++next) {
      for (const auto id : graph_.layers[found[next]].inputs) {
        const std::size_t source = graph_.tensors[id].producer;
        if (links_.reads(time, id) || seen.contains(source)) continue;
        if (source == model::kNoLayer || is_end_of_another(source, kernel)) return;
        seen.insert(source);
        found.push_back(source);
      }
    }
    for (const std::size_t layer : found) {
      if (kernel_of_[layer] == kNoKernel) kernel_of_[layer] = kernel;
    }
    is_settled_.insert(links_.ends_of(time).begin(), links_.ends_of(time).end());
  }

  bool is_end_of_another(std::size_t layer, std::size_t kernel) const {
    return is_end_.contains(layer) && kernel_of_[layer] != kernel;
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
  const std::vector<rpc::KernelTime>& times_;
  const KernelLinks links_;
  std::vector<std::size_t> kernel_of_;  // of each layer
  std::vector<std::size_t> ends_;       // layers that kernels led to
  std::unordered_set<std::size_t> is_end_;
  std::unordered_set<std::size_t> is_settled_;  // ends of kernels whose layers are all known
};

}  // namespace

std::vector<cost::Kernel> attribute(const model::Graph& graph, const std::vector<rpc::KernelTime>& kernels) {
  return Attributor(graph, kernels).run();
}

}  // namespace tandem::profile
