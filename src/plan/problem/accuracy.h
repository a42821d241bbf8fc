// What a problem says of accuracy: whether it counts, the best there is, and encodings left out where they would cost
// some. Pure.
#pragma once

#include <functional>

#include "plan/problem/problem.h"

namespace tandem::plan {

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
