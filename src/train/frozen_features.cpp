#include "train/frozen_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "train/batches.h"

namespace tandem::train {
namespace {

using base::Error;
using base::ErrorKind;
using base::Tensor;
using model::TensorInfo;
using Tensors = std::map<std::string, Tensor>;

const TensorInfo& find(const model::Graph& graph, const std::string& name) {
  const auto tensor = std::ranges::find(graph.tensors, name, &TensorInfo::name);
  if (tensor == graph.tensors.end()) throw Error(ErrorKind::Internal, "the model has no tensor '" + name + "'");
  return *tensor;
}

// The layers on which the named tensors depend, as ranges.
std::vector<model::LayerRange> layers_behind(const model::Graph& graph, const std::vector<std::string>& names) {
  std::vector<bool> is_needed(graph.layers.size(), false);
  const auto need = [&](const TensorInfo& tensor) {
    if (tensor.producer != model::kNoLayer) is_needed[tensor.producer] = true;
  };
  for (const auto& name : names) need(find(graph, name));
  for (std::size_t layer = graph.layers.size(); layer-- > 0;) {
    if (!is_needed[layer]) continue;
    for (const auto id : graph.layers[layer].inputs) need(graph.tensors[id]);
  }
  std::vector<model::LayerRange> ranges;
  for (std::size_t layer = 0; layer < is_needed.size(); ++layer) {
    if (!is_needed[layer]) continue;
    if (ranges.empty() || ranges.back().last != layer) ranges.push_back({layer, layer});
    ranges.back().last = layer + 1;
  }
  return ranges;
}

// The part of the model that computes the named tensors, run on as many samples at a time as the file's batch.
class Trunk {
 public:
  Trunk(const model::Model& model, engine::Engine& engine, const std::vector<std::string>& names)
      : input_(model.graph().tensors[model.graph().inputs.at(0)].name),
        batch_(static_cast<std::size_t>(model.graph().tensors[model.graph().inputs[0]].type.shape.at(0))) {
    const auto ranges = layers_behind(model.graph(), names);
    if (!ranges.empty()) session_ = engine.load(model.extract(ranges));
  }

  std::size_t batch() const { return batch_; }

  // By name, the input included.
  Tensors run(const Tensor& input) {
    Tensors made = {{input_, input}};
    if (session_ == nullptr) return made;
    const auto outputs = session_->run({input});
    for (std::size_t i = 0; i < outputs.size(); ++i) made[session_->outputs()[i].name] = outputs[i];
    return made;
  }

 private:
  std::string input_;
  std::size_t batch_;
  std::unique_ptr<engine::Session> session_;
};

// The type of a kept tensor for `count` samples.
base::TensorType kept_type(const model::Model& model, const std::string& name, std::size_t batch, std::size_t count) {
  base::TensorType type = find(model.graph(), name).type;
  if (type.element != base::ElementType::Float32 || type.shape.empty() ||
      type.shape[0] != static_cast<std::int64_t>(batch)) {
    throw Error(ErrorKind::Unsupported,
                fmt::format("{}: tensor '{}', which heads read, is {} {}, expected float32 with the batch first",
                            model.name(), name, base::name_of(type.element), base::to_string(type.shape)));
  }
  type.shape[0] = static_cast<std::int64_t>(count);
  return type;
}

void check_size(std::size_t bytes, std::size_t count, std::size_t most_bytes) {
  if (bytes <= most_bytes) return;
  const double share = static_cast<double>(most_bytes) / static_cast<double>(bytes);
  throw Error(
      ErrorKind::ResourceExhausted,
      fmt::format("the features of {} samples take {:.1f} GB of memory, expected at most {:.1f}: use --limit {}", count,
                  static_cast<double>(bytes) / 1e9, static_cast<double>(most_bytes) / 1e9,
                  static_cast<std::size_t>(share * static_cast<double>(count))));
}

std::size_t row_bytes(const Tensor& tensor) {
  return tensor.shape()[0] == 0 ? 0 : tensor.size() / static_cast<std::size_t>(tensor.shape()[0]);
}

}  // namespace

FrozenFeatures::FrozenFeatures(const model::Model& model, engine::Engine& engine, const std::vector<std::string>& names,
                               const data::Part& part, const data::Adapter& adapter, const Show& show,
                               std::size_t most_bytes) {
  Trunk trunk(model, engine, names);
  std::map<std::string, base::TensorType> types;
  std::size_t bytes = 0;
  for (const auto& name : names) {
    types[name] = kept_type(model, name, trunk.batch(), part.count());
    bytes += base::size_bytes(types[name]);
  }
  check_size(bytes, part.count(), most_bytes);
  for (const auto& [name, type] : types) kept_[name] = Tensor::allocate(type);
  for (Indices& batch : batches_in_order(part.count(), trunk.batch())) {
    const std::size_t first = batch.front();
    const std::size_t count = batch.size();
    batch.resize(trunk.batch(), first);  // fills up the last batch: the trunk takes whole batches only
    const Tensors made = trunk.run(adapter.batch(part, batch));
    for (auto& [name, kept] : kept_) {
      const std::size_t size = row_bytes(kept);
      std::ranges::copy(made.at(name).bytes().first(count * size), kept.mutable_bytes().begin() + first * size);
    }
    if (show) show(static_cast<double>(first + count) / static_cast<double>(part.count()));
  }
}

Tensors FrozenFeatures::batch(std::span<const std::size_t> indices) const {
  Tensors batch;
  for (const auto& [name, kept] : kept_) {
    base::TensorType type = kept.type();
    type.shape[0] = static_cast<std::int64_t>(indices.size());
    Tensor rows = Tensor::allocate(type);
    const std::size_t size = row_bytes(kept);
    auto to = rows.mutable_bytes().begin();
    for (const std::size_t index : indices) to = std::ranges::copy(kept.bytes().subspan(index * size, size), to).out;
    batch[name] = std::move(rows);
  }
  return batch;
}

}  // namespace tandem::train
