// The costs of sending a model's tensors encoded: bytes and accuracy of codecs, with settings chosen on the calibration
// part of a data set and reported on its test part. Used by tandem codec and by experiments. One thread at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cost/codec_rates.h"
#include "profile/measure.h"
#include "tune/study.h"

namespace tandem::tune {

struct CodecSearch {
  std::vector<std::string> tensors;  // of cuts.h's tensors_that_cross()
  // Bounds in percentage points. For each, every codec with a setting is kept at the coarsest one that loses at most
  // that much on the calibration part, at the worst exit.
  std::vector<double> losses = {0.1, 0.5, 1, 2};
  bool has_baselines = true;  // JALAD, 8 bits with Zstandard and LZ4, besides the fitted codec
};

// Called with all rates of a tensor as soon as they are known.
using KeepRates = std::function<void(const std::vector<cost::CodecRate>& rates)>;

// Runs both parts of the data up to each cut once, and from there on once for each trial. Settings are found by
// bisection, and a trial ends once it surely loses too much. A tensor with NaN or infinity on the data is skipped, with
// a warning that names it. Throws Error(InvalidInput) as adapter_of does, Error(NotFound) on a tensor that does not
// cross, Error(ResourceExhausted) when the tensors of a cut take more than 4 GB.
void measure_codecs(const Study& study, const CodecSearch& search, const KeepRates& keep,
                    const profile::Progress& progress);

}  // namespace tandem::tune
