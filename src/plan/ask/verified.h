// What to make of plans whose stages were timed after they had been planned.
#pragma once

#include <cstddef>
#include <vector>

namespace tandem::plan {

// By how much of its latency a plan has to be measured faster than one that the planner prefers: times that are taken a
// minute apart differ by some percent on most machines, and of several measurements the luckiest is not the best.
inline constexpr double kLeastGain = 0.05;

// The order to prefer plans in, as indices of `latency_ms`: measured, the planner's favourite first. One moves ahead of
// those that the planner prefers to it only where it is faster by kLeastGain. Pure.
std::vector<std::size_t> order_verified(const std::vector<double>& latency_ms);

}  // namespace tandem::plan
