// A problem without a bypass whose plans cost no more than those of a problem with one. Private to plan/solve/.
#pragma once

#include "plan/problem/problem.h"

namespace tandem::plan {

// Whether a tensor may go past any target: a link leads there, and a way over others.
bool has_bypass(const Problem& problem);

// The problem in which each tensor costs a share λ ≤ 1 of its own costs (bytes, coding, loss), hop by hop.
//
// λ is so small that for every way past others, λ times the costs of the hops between its ends, by any route, are no
// more than those of the way itself: in the objective and in every limit, in times and means alike. A plan with a
// bypass has in its tree a path from a tensor's maker to its last reader; let the tensor go over all hops between,
// those under an edge of the path in the edge's encoding. That is a plan of the relaxed problem, with the same policy,
// route and positions, and for every sum that the problem counts it costs no more. An edge counts without its encoding,
// which another one may pay, and under several exits without decoding, which fewer requests pay. Shares of the latency
// and limits of the period are no such sums, nor do those of a transfer's size keep to a tensor's way: they are left
// out. A period as the objective is none either: then λ is 0. Codecs that a target lacks cost nothing there.
Problem relaxed_without_bypass(const Problem& problem);

}  // namespace tandem::plan
