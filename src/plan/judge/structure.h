// The structure of a problem: the blocks that a policy needs, the tensors that a constraint guards, and times that
// follow from one of its numbers. For code that judges decisions; solvers have code of their own, so that each checks
// the other. Private to plan/.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/problem/problem.h"

namespace tandem::plan {

// The link from one target to another; kNone: there is none.
std::size_t find_link(const Problem& problem, std::size_t from, std::size_t to);

double transmission_ms(double bytes, double mbps);
// Of encoding or decoding on a target, with its load; `times`: an Encoding's, by target.
double codec_ms(const Problem& problem, const std::vector<double>& times, std::size_t target);

// Whether one target can encode so, and the other decode it.
bool has_codec(const Encoding& how, std::size_t from, std::size_t to);

// Throws Error(Internal): a decision does not fit its problem.
[[noreturn]] void fail_to_fit(const std::string& why);

// By block: the first exit of the policy that needs it; kNone: it does not run. All 0 when there are no policies.
std::vector<std::size_t> phases_of(const Problem& problem, std::size_t policy);

// By tensor: whether a Private constraint with these blocks guards it. Guarded are the model's inputs, and the outputs
// of blocks on which these blocks depend.
std::vector<bool> private_tensors(const Problem& problem, const std::vector<std::size_t>& blocks);

}  // namespace tandem::plan
