#include "tune/crossing.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "exits/statistics.h"

namespace tandem::tune {
namespace {

constexpr std::size_t kMostFeatureBytes = std::size_t{4} << 30;
constexpr std::size_t kIsInput = SIZE_MAX;

std::vector<base::NamedType> tensors_of(const model::Graph& graph, const model::Cut& cut) {
  std::vector<base::NamedType> tensors;
  for (const auto tensor : cut.tensors) tensors.push_back({graph.tensors[tensor].name, graph.tensors[tensor].type});
  return tensors;
}

// types.size() when none has the name.
std::size_t place_of(const std::vector<base::NamedType>& types, const std::string& name) {
  return static_cast<std::size_t>(std::ranges::find(types, name, &base::NamedType::name) - types.begin());
}

Features features_for(const std::vector<base::NamedType>& tensors, std::size_t count) {
  std::size_t sample_bytes = 0;
  for (const auto& tensor : tensors) sample_bytes += base::size_bytes(tensor.type);
  if (sample_bytes * count > kMostFeatureBytes) {
    throw base::Error(base::ErrorKind::ResourceExhausted,
                      fmt::format("the tensors that cross at '{}', {} bytes a sample, take more than {} bytes for {} "
                                  "samples: ask for fewer samples",
                                  tensors.front().name, sample_bytes, kMostFeatureBytes, count));
  }
  Features features{tensors, {}, {}};
  for (const auto& tensor : tensors) features.values.emplace_back(base::size_bytes(tensor.type) * count);
  return features;
}

}  // namespace

base::Tensor Features::tensor_of(std::size_t sample, std::size_t tensor) const {
  const std::size_t bytes = base::size_bytes(tensors[tensor].type);
  return base::Tensor::of(tensors[tensor].type, std::span(values[tensor]).subspan(sample * bytes, bytes));
}

BeforeCut::BeforeCut(const model::Model& model, const model::Cut& cut, engine::Engine& engine)
    : tensors_(tensors_of(model.graph(), cut)), outputs_(tensors_.size(), kIsInput) {
  const auto ranges = model::layers_for(model.graph(), cut.tensors);
  if (ranges.empty()) return;
  session_ = engine.load(model.extract(ranges));
  for (std::size_t tensor = 0; tensor < tensors_.size(); ++tensor) {
    const std::size_t place = place_of(session_->outputs(), tensors_[tensor].name);
    if (place < session_->outputs().size()) outputs_[tensor] = place;
  }
}

Features BeforeCut::collect(const data::Part& part, const data::Adapter& adapter, std::size_t count,
                            const std::function<void(std::size_t)>& progress) {
  Features features = features_for(tensors_, count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t sample = i * part.count() / count;
    const base::Tensor input = adapter.batch(part, std::span(&sample, 1));
    const auto outputs = session_ ? session_->run({input}) : std::vector<base::Tensor>{};
    for (std::size_t tensor = 0; tensor < tensors_.size(); ++tensor) {
      const auto bytes = outputs_[tensor] == kIsInput ? input.bytes() : outputs[outputs_[tensor]].bytes();
      std::memcpy(features.values[tensor].data() + i * bytes.size(), bytes.data(), bytes.size());
    }
    features.labels.push_back(part.labels[sample]);
    progress(i + 1);
  }
  return features;
}

BehindCut::BehindCut(const model::Model& model, const model::Cut& cut, engine::Engine& engine)
    : session_(engine.load(model.extract(cut.position, model.graph().layers.size()))) {
  const auto tensors = tensors_of(model.graph(), cut);
  for (const auto& input : session_->inputs()) wanted_.push_back(place_of(tensors, input.name));
  for (const auto& exit : model::exits_of(model)) {
    const std::size_t place = place_of(session_->outputs(), exit);
    if (place == session_->outputs().size()) continue;
    exits_.push_back(exit);
    outputs_.push_back(place);
  }
}

std::vector<base::Tensor> BehindCut::inputs_of(const Features& features, std::size_t sample) const {
  std::vector<base::Tensor> inputs;
  for (const std::size_t tensor : wanted_) inputs.push_back(features.tensor_of(sample, tensor));
  return inputs;
}

std::vector<std::int64_t> BehindCut::guesses(const Features& features, std::size_t sample) {
  return run(inputs_of(features, sample));
}

std::vector<std::int64_t> BehindCut::guesses(const Features& features, std::size_t sample, std::size_t changed,
                                             const base::Tensor& instead) {
  auto inputs = inputs_of(features, sample);
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    if (wanted_[input] == changed) inputs[input] = instead;
  }
  return run(inputs);
}

std::vector<std::int64_t> BehindCut::run(const std::vector<base::Tensor>& inputs) {
  const auto outputs = session_->run(inputs);
  std::vector<std::int64_t> guesses;
  for (const std::size_t output : outputs_) guesses.push_back(exits::likeliest_class(outputs[output].values<float>()));
  return guesses;
}

}  // namespace tandem::tune
