// The order of plans whose stages were timed after planning. Pure.
#pragma once

#include <cstddef>
#include <vector>

namespace tandem::plan {

// The share of the latency by which a plan must be faster to pass one that the planner prefers. Times taken a minute
// apart differ by some percent on most machines, and the lowest of several measurements is often luck.
inline constexpr double kLeastGain = 0.05;

// Plans from the best on, as indices of `latency_ms`, which has the measured latencies in the planner's order. A plan
// passes those that the planner prefers only where it is faster by kLeastGain.
std::vector<std::size_t> order_verified(const std::vector<double>& latency_ms);

}  // namespace tandem::plan
