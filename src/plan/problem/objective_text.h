// Objectives as people write them on a command line or in a problem file: one short text each. Constraints:
// constraint_text.h. Pure.
//
//   latency, accuracy, throughput, upload[(FROM->TO,…)], energy, money
//   a weighted sum of latency, upload, energy, money and error: latency + 0.001*upload + 5*energy + 20*error
//
// Weights are per millisecond, byte, joule, unit of the prices and percentage point. FROM and TO: a target, or a tier
// for all its targets.
#pragma once

#include <string>
#include <string_view>

#include "plan/problem/problem.h"

namespace tandem::plan {

// Throws Error(InvalidInput): one line with the text and the word that it expected.
Objective parse_objective(const Problem& problem, std::string_view text);

// A text that parse_objective reads back as this objective.
std::string text_of(const Problem& problem, const Objective& objective);

}  // namespace tandem::plan
