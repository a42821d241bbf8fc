#include "model/order.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <tuple>

namespace tandem::model {
namespace {

class Orderer {
 public:
  Orderer(const std::vector<OrderedLayer>& layers, const std::vector<std::size_t>& tensor_bytes,
          const std::vector<std::size_t>& answers)
      : layers_(layers),
        deepest_(deepest_answers(layers, answers)),
        bytes_(tensor_bytes),
        readers_(tensor_bytes.size()),
        unread_(tensor_bytes.size(), 0),
        waits_for_(layers.size(), 0) {
    std::vector<bool> is_written(tensor_bytes.size(), false);
    for (const auto& layer : layers) {
      for (const std::size_t tensor : layer.writes) is_written[tensor] = true;
    }
    for (std::size_t i = 0; i < layers.size(); ++i) {
      for (const std::size_t tensor : layers[i].reads) {
        ++unread_[tensor];
        if (!is_written[tensor]) continue;
        readers_[tensor].push_back(i);
        ++waits_for_[i];
      }
    }
  }

  std::vector<std::size_t> run() {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      if (waits_for_[i] == 0) ready_.push_back(i);
    }
    std::vector<std::size_t> order;
    while (!ready_.empty()) order.push_back(take_best());
    assert(order.size() == layers_.size());
    return order;
  }

 private:
  using Key = std::tuple<std::size_t, std::int64_t, std::size_t>;

  Key key_of(std::size_t layer) const { return {deepest_[layer], growth_of(layer), layer}; }

  // Bytes that would be live after running the layer, less those that are live before.
  std::int64_t growth_of(std::size_t layer) const {
    std::int64_t growth = 0;
    for (const std::size_t tensor : layers_[layer].writes) {
      if (unread_[tensor] > 0) growth += static_cast<std::int64_t>(bytes_[tensor]);
    }
    for (const std::size_t tensor : layers_[layer].reads) {
      if (unread_[tensor] == 1) growth -= static_cast<std::int64_t>(bytes_[tensor]);
    }
    return growth;
  }

  std::size_t take_best() {
    const auto best = std::ranges::min_element(ready_, {}, [this](std::size_t layer) { return key_of(layer); });
    const std::size_t layer = *best;
    ready_.erase(best);
    for (const std::size_t tensor : layers_[layer].reads) --unread_[tensor];
    for (const std::size_t tensor : layers_[layer].writes) {
      for (const std::size_t reader : readers_[tensor]) {
        if (--waits_for_[reader] == 0) ready_.push_back(reader);
      }
    }
    return layer;
  }

  const std::vector<OrderedLayer>& layers_;
  std::vector<std::size_t> deepest_;  // of each layer, the rank of the deepest answer that needs it
  const std::vector<std::size_t>& bytes_;
  std::vector<std::vector<std::size_t>> readers_;  // of each tensor that a layer writes
  std::vector<std::size_t> unread_;                // of each tensor, how many layers have still to read it
  std::vector<std::size_t> waits_for_;             // of each layer, how many tensors are still to be written
  std::vector<std::size_t> ready_;
};

}  // namespace

std::vector<std::size_t> order_layers(const std::vector<OrderedLayer>& layers,
                                      const std::vector<std::size_t>& tensor_bytes,
                                      const std::vector<std::size_t>& answers) {
  return Orderer(layers, tensor_bytes, answers).run();
}

}  // namespace tandem::model
