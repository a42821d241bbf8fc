// The ways of tensors to the stages that read them: over hops, and past others. Private to plan/judge/.
#pragma once

#include <cstddef>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// Stages that run a reader of the tensor, by stage, and the stage that makes it (0 for an input of the model; kNone: it
// is not made). Throws Error(Internal) where a reader runs before it is made.
struct Readers {
  std::size_t maker = kNone;
  std::vector<char> reads;
};
Readers readers_of(const Decision& decision, const Tensor& tensor);

// Throws Error(Internal) unless the crossings of each tensor, in ascending order, form a tree: from the stage that
// makes it to all other stages that read it, over hops or over links past others, with one arrival for each stage on
// it, and no leaf that does not read it. The route and the positions have been checked.
void check_crossings(const Problem& problem, const Decision& decision);

// Whether the crossing pays for encoding: a stage encodes a tensor once in each encoding, for the first of its
// crossings.
bool is_encoded_for(const Decision& decision, std::size_t crossing);

}  // namespace tandem::plan
