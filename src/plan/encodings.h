// Ways to send tensors beside as they are, from what codecs were measured to cost. Pure.
#pragma once

#include <functional>
#include <vector>

#include "cost/codec_rates.h"
#include "cost/costs.h"
#include "plan/problem.h"

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

// Leaves "raw", and what else `is_wanted`.
void keep_encodings(Problem& problem, const std::function<bool(const Encoding&)>& is_wanted);

// Whether the objective or a constraint counts wrong answers. If not, whoever asks says nothing of accuracy.
bool counts_accuracy(const Problem& problem);

// Where accuracy counts for nothing, no codec may cost any: leaves out those that lose some.
void spare_accuracy(Problem& problem);

// Percent right with the most accurate policy, when nothing that crosses is encoded. 100 without policies: what codecs
// lose then counts alone.
double reference_accuracy(const Problem& problem);

}  // namespace tandem::plan
