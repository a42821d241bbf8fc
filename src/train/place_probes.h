// For train's own sources: what a probe says of each place where a network could get an exit. Deterministic.
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

// A network with one input and one answer, and what is to be known of it.
struct BareNetwork {
  model::Source source;
  model::Program program;
  model::Model model;
  std::string logits;  // what the answer's softmax reads; where it has none, the answer
  std::int64_t classes = 0;

  const std::string& answer() const { return program.exits.back(); }
  bool ends_in_softmax() const { return logits != answer(); }
};

struct PlaceProbes {
  exits::Samples statistics;         // of samples to calibrate on, by place; the network's own answers come last
  std::vector<double> mean_squares;  // by place, of the values there, pictures averaged as probes see them
};

// Probes learn from at most 5,000 samples to train on and answer about at most 2,000 to calibrate on, evenly spread. A
// probe sees of each channel averages over at most 4 x 4 windows, fewer where channels are many (kMostProbeFeatures).
// In mode Agreement they learn, and are right, as the network itself answers. Throws as FrozenFeatures does, and
// Error(InvalidInput) when there are too few samples.
PlaceProbes probe_places(const BareNetwork& network, const std::vector<Place>& places, const data::Dataset& dataset,
                         const Settings& settings, engine::Engine& engine,
                         const std::function<void(const std::string& doing, double share)>& show);

}  // namespace tandem::train
