// What each exit of a model says of a data set: run by the engine as it will run, sample by sample, and kept as exit
// statistics from which any policy can be replayed.
#pragma once

#include <string>
#include <vector>

#include "cost/exit_statistics.h"
#include "data/dataset.h"
#include "engine/engine.h"
#include "model/model.h"
#include "profile/measure.h"

namespace tandem::profile {

struct ExitMeasurement {
  cost::ExitStatistics calibration;
  cost::ExitStatistics test;
};

// Runs the calibration and the test part of the data through the whole model in this process. `digest` is the model's,
// `pixels` as data::Fit takes it. Temperatures are found on the calibration part and used on both. Throws
// Error(InvalidInput), naming the exit, when the model has several inputs, or exits that do not answer with one float32
// number for each class of the data.
ExitMeasurement measure_exits(const model::Model& model, const std::string& digest, engine::Engine& engine,
                              const data::Dataset& dataset, const std::string& pixels, const Progress& progress);

// The exits that metadata names, or, where it names none, all outputs.
std::vector<std::string> exits_of(const model::Model& model);

}  // namespace tandem::profile
