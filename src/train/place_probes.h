// Probes of all places where a network could get an exit. Private to train/. Deterministic.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/dataset.h"
#include "engine/engine.h"
#include "exits/replay.h"
#include "model/model.h"
#include "model/program.h"
#include "train/places.h"
#include "train/settings.h"

namespace tandem::train {

// A network with one input and one answer, and its properties.
struct BareNetwork {
  model::Source source;
  model::Program program;
  model::Model model;
  std::string logits;  // the input of the answer's softmax, or the answer itself
  std::int64_t classes = 0;

  const std::string& answer() const { return program.exits.back(); }
  bool ends_in_softmax() const { return logits != answer(); }
};

struct PlaceProbes {
  exits::Samples statistics;         // of calibration samples, by place; the network's own answers come last
  std::vector<double> mean_squares;  // of the values at each place, after the averaging of probes
};

// Probes learn from at most 5,000 training samples and answer for at most 2,000 calibration samples, evenly spread. A
// probe reads averages over at most 4 x 4 windows of each channel, fewer where there are many channels
// (kMostProbeFeatures). In mode Agreement, the network's own answers are the labels. Throws as FrozenFeatures does, and
// Error(InvalidInput) when there are too few samples.
PlaceProbes probe_places(const BareNetwork& network, const std::vector<Place>& places, const data::Dataset& dataset,
                         const Settings& settings, engine::Engine& engine,
                         const std::function<void(const std::string& doing, double share)>& show);

}  // namespace tandem::train
