// What it costs to send a model's tensors encoded: rate, accuracy and time of codecs, settings chosen on the
// calibration part of a data set and reported on its test part.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "cost/codec_rates.h"
#include "data/dataset.h"
#include "engine/engine.h"
#include "model/model.h"
#include "profile/measure.h"

namespace tandem::tune {

struct CodecSearch {
  // Of every codec that has a setting, the coarsest that loses at most so many percentage points on the calibration
  // part, at the exit that suffers most.
  std::vector<double> losses = {0.1, 0.5, 1, 2};
  bool has_baselines = true;  // JALAD, 8 bits with Zstandard and LZ4, beside the fitted codec
};

// The tensors that cross where a model can be cut and no kernel is cut in two (cost/fusion.h), the model's inputs
// included, in the order of their first cut.
std::vector<std::string> tensors_that_cross(const model::Model& model);

// Kept by whoever asks, as soon as all of a tensor is known.
using KeepRates = std::function<void(const std::vector<cost::CodecRate>& rates)>;

// Runs both parts of the data through the model in this process, up to each cut once; from there on as often as
// settings are tried. A setting is found by bisection, since coarser ones lose more, and a trial ends as soon as it is
// clear that it loses too much. `data` is what the rates are kept under; `pixels` as data::Adapter takes it. Throws
// Error(InvalidInput) as measure_exits does, Error(NotFound) on a tensor that does not cross, Error(ResourceExhausted)
// when the tensors of a cut take more than 4 GB.
void measure_codecs(const model::Model& model, engine::Engine& engine, const data::Dataset& dataset,
                    const std::string& data, const std::string& pixels, const std::vector<std::string>& tensors,
                    const CodecSearch& search, const KeepRates& keep, const profile::Progress& progress);

// How long encoding and decoding take on each subject: on what the first test sample makes of each tensor. Throws
// base::Error, naming the target, when it cannot be reached or refuses.
std::vector<cost::CodecTime> time_codecs(const model::Model& model, engine::Engine& engine,
                                         const data::Dataset& dataset, const std::string& pixels,
                                         const std::vector<cost::CodecRate>& rates,
                                         const std::vector<profile::Subject>& subjects,
                                         const profile::Progress& progress);

}  // namespace tandem::tune
