// Ways to send tensors beside as they are, from what codecs were measured to cost. Pure.
#pragma once

#include <vector>

#include "cost/codec_rates.h"
#include "cost/costs.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

struct Codecs {
  std::vector<cost::CodecRate>
      rates;  // of one model; where one of a tensor and codec is there twice, the newest counts
  std::vector<cost::CodecTime> times;
};

// Gives every tensor that can be sent, behind its own encoding "raw", one encoding for each codec that was measured on
// it: a frame's mean size, what the worst exit loses (CodecRate::worst_loss_points), and the codec's time on each
// target on top of what handing the raw tensor on costs there. Where a codec was not timed on a target, its time is
// that on the target whose speed is most like it, times the ratio of the times that the whole model takes on the two;
// codecs that were timed on no target of the problem are left out. So are encodings that are no smaller than raw, or no
// better than another in anything; then, of the two that are most alike, the one that loses more, until kMostEncodings
// are left.
void add_encodings(Problem& problem, const std::vector<cost::ModelCosts>& models, const Codecs& codecs);

}  // namespace tandem::plan
