// Accuracy in a problem: whether it counts, the highest that policies reach, and encodings that cost some of it. Pure.
#pragma once

#include <functional>

#include "plan/problem/problem.h"

namespace tandem::plan {

// Removes all encodings but "raw" and those that `is_wanted` accepts.
void keep_encodings(Problem& problem, const std::function<bool(const Encoding&)>& is_wanted);

// Whether the objective or a constraint counts wrong answers.
bool counts_accuracy(const Problem& problem);

// No accuracy loss unless the problem counts accuracy: removes lossy encodings where it does not.
void spare_accuracy(Problem& problem);

// The accuracy of the most accurate policy with raw tensors, in percent. 100 without policies: then only the losses of
// codecs count.
double reference_accuracy(const Problem& problem);

}  // namespace tandem::plan
