#include "tune/crossing.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "cost/fusion.h"
#include "tune/exits.h"

namespace tandem::tune {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kMostFeatureBytes = std::size_t{4} << 30;

std::size_t place_of(const std::vector<base::NamedType>& types, const std::string& name) {
  return static_cast<std::size_t>(std::ranges::find(types, name, &base::NamedType::name) - types.begin());
}

}  // namespace

std::vector<model::Cut> cuts_between_kernels(const model::Model& model) {
  const model::Graph& graph = model.graph();
  const auto ends_kernel = cost::ends_of_kernels(cost::expected_kernels(graph), graph.layers.size());
  std::vector<model::Cut> cuts{model::cut_at(graph, 0)};
  for (const model::Cut& cut : model.cuts()) {
    if (ends_kernel[cut.position - 1]) cuts.push_back(cut);
  }
  return cuts;
}

Crossing::Crossing(const model::Model& model, const model::Cut& cut, engine::Engine& engine) {
  const model::Graph& graph = model.graph();
  for (const auto tensor : cut.tensors) tensors_.push_back({graph.tensors[tensor].name, graph.tensors[tensor].type});
  behind_ = engine.load(model.extract(cut.position, graph.layers.size()));
  const auto ranges = model::layers_for(graph, cut.tensors);
  if (!ranges.empty()) before_ = engine.load(model.extract(ranges));
  for (const auto& tensor : tensors_) {
    const std::size_t made = before_ ? place_of(before_->outputs(), tensor.name) : 0;
    const bool is_made = before_ && made < before_->outputs().size();
    made_.push_back(is_made ? made : SIZE_MAX);
  }
  for (const auto& input : behind_->inputs()) wanted_.push_back(place_of(tensors_, input.name));
  for (const auto& exit : model::exits_of(model)) {
    const std::size_t place = place_of(behind_->outputs(), exit);
    if (place == behind_->outputs().size()) continue;
    exits_.push_back(exit);
    answers_.push_back(place);
  }
}

Features Crossing::collect(const data::Part& part, const data::Adapter& adapter, std::size_t count,
                           const std::function<void(std::size_t)>& progress) {
  Features features;
  std::size_t all_bytes = 0;
  for (const auto& tensor : tensors_) {
    features.sample_bytes.push_back(base::size_bytes(tensor.type));
    all_bytes += features.sample_bytes.back();
  }
  if (all_bytes * count > kMostFeatureBytes) {
    throw Error(ErrorKind::ResourceExhausted,
                fmt::format("{} samples of what crosses at '{}', {} bytes each, take more than {} bytes: ask for fewer "
                            "samples",
                            count, tensors_.front().name, all_bytes, kMostFeatureBytes));
  }
  for (const std::size_t bytes : features.sample_bytes) features.tensors.emplace_back(bytes * count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t sample = i * part.count() / count;
    const base::Tensor input = adapter.batch(part, std::span(&sample, 1));
    const auto made = before_ ? before_->run({input}) : std::vector<base::Tensor>{};
    for (std::size_t tensor = 0; tensor < tensors_.size(); ++tensor) {
      const auto bytes = made_[tensor] == SIZE_MAX ? input.bytes() : made[made_[tensor]].bytes();
      std::memcpy(features.tensors[tensor].data() + i * bytes.size(), bytes.data(), bytes.size());
    }
    features.labels.push_back(part.labels[sample]);
    progress(i + 1);
  }
  return features;
}

base::Tensor Crossing::tensor_of(const Features& features, std::size_t sample, std::size_t tensor) const {
  const std::size_t bytes = features.sample_bytes[tensor];
  return base::Tensor::of(tensors_[tensor].type, std::span(features.tensors[tensor]).subspan(sample * bytes, bytes));
}

std::vector<std::int64_t> Crossing::guesses(const Features& features, std::size_t sample, std::size_t changed,
                                            const base::Tensor& instead) {
  std::vector<base::Tensor> inputs;
  for (const std::size_t tensor : wanted_) {
    const bool is_changed = tensor == changed && !instead.empty();
    inputs.push_back(is_changed ? instead : tensor_of(features, sample, tensor));
  }
  const auto outputs = behind_->run(inputs);
  std::vector<std::int64_t> guesses;
  for (const std::size_t answer : answers_) {
    const auto values = outputs[answer].values<float>();
    guesses.push_back(std::ranges::max_element(values) - values.begin());
  }
  return guesses;
}

}  // namespace tandem::tune
