// The answers of each exit of a model on a data set, as exit statistics from which any policy can be replayed. Used by
// tandem exits and by experiments. One thread at a time.
#pragma once

#include "exits/statistics.h"
#include "profile/measure.h"
#include "tune/study.h"

namespace tandem::tune {

struct ExitMeasurement {
  exits::ExitStatistics calibration;
  exits::ExitStatistics test;
};

// Runs the calibration and the test part of the data through the whole model. Temperatures are found on the calibration
// part and used on both. Throws Error(InvalidInput) as adapter_of does, and, naming the exit, when an exit does not
// answer with one float32 number for each class of the data.
ExitMeasurement measure_exits(const Study& study, const profile::Progress& progress);

}  // namespace tandem::tune
