// The ways of tensors through the stages of a plan: hop by hop from the stage that makes a tensor, or from the first
// for those of the request, to its readers, except where a bypass leads straight to a later stage. Used by lower. Pure.
// Private to deploy/.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/graph.h"
#include "plan/problem/plan.h"

namespace tandem::deploy {

// By stage, the tensors that it hands on to the next one, in the graph's order. `stages`: by layer, the stage that runs
// it or has it run; plan::kNone: none does, and the layer reads nothing. Throws Error(InvalidInput) on a bypass that
// leads to no later stage than the next, or carries a tensor that its stage does not have, or that the other stage does
// not need or gets twice.
std::vector<std::vector<std::string>> forwards_of(const model::Graph& graph, const plan::Plan& plan,
                                                  const std::vector<std::size_t>& stages);

}  // namespace tandem::deploy
