// The figures that an objective or a constraint counts: without them every plan would cost 0 or keep every limit. Used
// wherever a user asks. Pure.
#pragma once

#include "plan/problem/problem.h"

namespace tandem::plan {

// Throws Error(InvalidInput), naming what counts and what is unknown: energy without watts of a named target (of all
// targets, where none is named), money without prices, memory without bytes of any block, wrong answers without
// policies and codecs.
void require_figures(const Problem& problem, const Objective& objective);
// Of its objective, its constraints and its targets' memory limits. A constraint on wrong answers is not looked at:
// with_accuracy_loss makes it of a problem without policies too.
void require_figures(const Problem& problem);

// The same of a constraint on wrong answers that a user wrote, which needs policies.
void require_accuracy(const Problem& problem, const Constraint& constraint);

}  // namespace tandem::plan
