// Alternatives to sending tensors raw, with their measured costs. Pure.
#pragma once

#include <vector>

#include "cost/codec_rates.h"
#include "cost/costs.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

struct Codecs {
  std::vector<cost::CodecRate> rates;  // of one model; of several for a tensor and codec, the newest counts
  std::vector<cost::CodecTime> times;
};

// Adds to every tensor that can be sent, after its encoding "raw", an encoding for each codec that was measured on it:
// the mean size of a frame, the loss of the worst exit (CodecRate::worst_loss_points), and on each target the codec's
// time plus the time to hand on the raw tensor. Where a codec was not timed on a target, its time is that on the target
// of the most similar speed, times the ratio of the whole model's times on the two.
//
// Left out are codecs that were timed on no target of the problem, encodings that are no smaller than raw, and
// encodings that another one equals or beats in everything. If more than kMostEncodings remain, the two most alike are
// compared, and the one that loses more is left out, until they fit.
void add_encodings(Problem& problem, const std::vector<cost::ModelCosts>& models, const Codecs& codecs);

}  // namespace tandem::plan
