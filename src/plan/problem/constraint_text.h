// Constraints as people write them on a command line or in a problem file: one short text each. Objectives:
// objective_text.h. Pure.
//
//   on LAYERS NAME[,NAME…]      these layers run on one of these targets (or on a target of these tiers)
//   not-on LAYERS NAME[,NAME…]  they do not
//   use NAME[,NAME…]            at least one of them runs a layer
//   use at most NUMBER of NAME[,NAME…]
//                               no more of them than that run a layer
//   avoid NAME[,NAME…]          none of them takes part
//   private [LAYERS] [on NAME[,NAME…]]
//                               the input (or every tensor before LAYERS) is only read on the first target (or on
//                               these targets)
//   together LAYERS             they run on the same target
//   METRIC[(NAME[,NAME…])] <= VALUE UNIT    latency, period, compute, exchange, upload, energy, money, memory, error
//   accuracy >= VALUE%, throughput >= VALUE/s
//
// LAYERS: a layer number of the model, a range 3-7 (both included), a block's name, or several of these with commas. A
// layer stands for the block that holds it. NAME: a target, else a kind of targets or a tier, which stands for all of
// them; for exchange and upload, links as FROM->TO. A name that reads as something else is quoted: 'my block'. A metric
// without names counts all targets or links (`targets` and `links` stay empty). Units: of times and sizes as in
// base/units.h; J, mJ; % of the latency (compute, exchange). Times and sizes need one; default of the others: J,
// percentage points, per second. Money has none: it is of a request, in the unit of the prices. ≤ and ≥ are understood
// too.
#pragma once

#include <string>
#include <string_view>

#include "plan/problem/problem.h"

namespace tandem::plan {

// Throws Error(InvalidInput): one line with the text and the word that it expected.
Constraint parse_constraint(const Problem& problem, std::string_view text);

// The constraint's own text, else one that parse_constraint reads back as this constraint.
std::string text_of(const Problem& problem, const Constraint& constraint);

}  // namespace tandem::plan
