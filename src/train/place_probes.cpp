#include "train/place_probes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "data/adapter.h"
#include "engine/load.h"
#include "model/builder.h"
#include "train/averaging.h"
#include "train/frozen_features.h"
#include "train/pictures.h"
#include "train/probe.h"
#include "train/structure.h"

namespace tandem::train {
namespace {

using Show = std::function<void(const std::string& doing, double share)>;

constexpr std::size_t kMostToLearnFrom = 5000;
constexpr std::size_t kMostToAskAbout = 2000;

void check_samples(const data::Dataset& dataset) {
  if (dataset.train.count() >= kLeastProbeExamples && dataset.calibration.count() > 0) return;
  throw base::Error(base::ErrorKind::InvalidInput,
                    fmt::format("{}: {} training samples and {} calibration samples, expected at least {} and 1",
                                dataset.name, dataset.train.count(), dataset.calibration.count(), kLeastProbeExamples));
}

// At most `most` samples, evenly spread, since files may be sorted by class.
data::Part some_of(const data::Part& part, std::size_t most) {
  if (part.count() <= most) return part;
  base::TensorType type = part.samples.type();
  type.shape[0] = static_cast<std::int64_t>(most);
  data::Part some{base::Tensor::allocate(type), {}};
  const std::size_t size = part.samples.size() / part.count();
  auto to = some.samples.mutable_bytes().begin();
  for (std::size_t i = 0; i < most; ++i) {
    const std::size_t index = i * part.count() / most;
    some.labels.push_back(part.labels[index]);
    to = std::ranges::copy(part.samples.bytes().subspan(index * size, size), to).out;
  }
  return some;
}

// The graph with a probe's view of each place as an output: averaged pictures, unchanged features.
class ProbeGraph {
 public:
  ProbeGraph(const BareNetwork& network, const std::vector<Place>& places)
      : builder_(network.source), stem_(free_stem(network.program, "probe")) {
    for (const auto& place : places) views_.push_back(view_of(place));
  }

  model::Source finish(const std::string& name) { return model::Source::from_part(builder_.finish(), name); }
  const std::vector<std::string>& views() const { return views_; }

 private:
  std::string view_of(const Place& place) {
    if (place.shape.size() == 2) return place.tensor;
    std::int64_t side = kMostHeadSide;
    while (side > 1 && place.shape[1] * side * side > kMostProbeFeatures) side /= 2;
    const Averaging averaging = average_over(place.shape, side);
    const std::string view = add_averaging(builder_, place.tensor, averaging, stem_ + std::to_string(views_.size()));
    if (view != place.tensor)
      builder_.output(
          view, {base::ElementType::Float32, {place.shape[0], place.shape[1], averaging.size[0], averaging.size[1]}});
    return view;
  }

  model::GraphBuilder builder_;
  std::string stem_;
  std::vector<std::string> views_;  // by place
};

class ProbeRun {
 public:
  ProbeRun(const BareNetwork& network, const std::vector<Place>& places, const Settings& settings,
           engine::Engine& engine)
      : network_(network),
        settings_(settings),
        pictures_(picture_input(settings, network.source, network.program.inputs[0].type).preprocessing),
        engine_(engine),
        graph_(network, places),
        model_(engine::complete(graph_.finish(network.program.name), engine)) {}

  PlaceProbes run(const data::Dataset& dataset, const Show& show) const {
    const auto show_as = [&](const char* doing) {
      return [&show, doing](double share) {
        if (show) show(doing, share);
      };
    };
    const data::Part learn = some_of(dataset.train, kMostToLearnFrom);
    const data::Part ask = some_of(dataset.calibration, kMostToAskAbout);
    const auto learn_features = features_of(learn, show_as("computing features of training samples"));
    const auto ask_features = features_of(ask, show_as("computing features of calibration samples"));
    const auto learn_labels = labels_of(learn, learn_features);
    const auto ask_labels = labels_of(ask, ask_features);
    PlaceProbes probes;
    for (const auto& view : graph_.views()) {
      add(probes,
          probe({learn_features.all(view), learn_labels}, {ask_features.all(view), ask_labels}, network_.classes));
      probes.mean_squares.push_back(mean_square(learn_features.all(view)));
      show_as("probing places")(static_cast<double>(probes.mean_squares.size()) /
                                static_cast<double>(graph_.views().size()));
    }
    add(probes, answers_of({ask_features.all(network_.logits), ask_labels}));
    return probes;
  }

 private:
  FrozenFeatures features_of(const data::Part& part, const FrozenFeatures::Show& show) const {
    std::vector<std::string> names = graph_.views();
    names.push_back(network_.logits);
    const data::Adapter adapter(part.sample_shape(), part.samples.element(), network_.program.inputs[0].type,
                                pictures_);
    return FrozenFeatures(model_, engine_, names, part, adapter, show);
  }

  std::vector<std::int64_t> labels_of(const data::Part& part, const FrozenFeatures& features) const {
    return settings_.mode == Mode::Agreement ? guesses_of(features.all(network_.logits)) : part.labels;
  }

  static void add(PlaceProbes& probes, ExitAnswers answers) {
    probes.statistics.confidence.push_back(std::move(answers.confidence));
    probes.statistics.is_right.push_back(std::move(answers.is_right));
  }

  const BareNetwork& network_;
  const Settings& settings_;
  const input::Preprocessing pictures_;
  engine::Engine& engine_;
  ProbeGraph graph_;
  model::Model model_;
};

}  // namespace

PlaceProbes probe_places(const BareNetwork& network, const std::vector<Place>& places, const data::Dataset& dataset,
                         const Settings& settings, engine::Engine& engine, const Show& show) {
  check_samples(dataset);
  return ProbeRun(network, places, settings, engine).run(dataset, show);
}

}  // namespace tandem::train
