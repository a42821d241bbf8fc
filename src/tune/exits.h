// What each exit of a model says of a data set: run by the engine as it will run, sample by sample, and kept as exit
// statistics from which any policy can be replayed.
#pragma once

#include <string>
#include <vector>

#include "data/dataset.h"
#include "engine/engine.h"
#include "exits/statistics.h"
#include "model/model.h"
#include "profile/measure.h"

namespace tandem::tune {

struct ExitMeasurement {
  exits::ExitStatistics calibration;
  exits::ExitStatistics test;
};

// Runs the calibration and the test part of the data through the whole model in this process. `pixels` as data::Adapter
// takes it. Temperatures are found on the calibration part and used on both. Throws Error(InvalidInput), naming the
// exit, when the model has several inputs, or exits that do not answer with one float32 number for each class of the
// data.
ExitMeasurement measure_exits(const model::Model& model, engine::Engine& engine, const data::Dataset& dataset,
                              const std::string& pixels, const profile::Progress& progress);

}  // namespace tandem::tune
