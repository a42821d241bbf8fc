// The time of a request in a plan's picture: a bar for each stage and each transfer, one after the other, and for
// offloads beside their step, over an axis in milliseconds. Private to plan/show/.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "plan/problem/plan.h"

namespace tandem::plan {

struct TimelineBar {
  std::string name;     // of the target, "→ edge" or, of an offload with its exchange, "∥ edge"
  std::string figures;  // "66.6 ms", "19.3 ms · 50.2 KB"
  double from_ms = 0;
  double to_ms = 0;
  std::size_t target = 0;  // of the problem; of a transfer or an offload: kNone
};
// Of stages that run layers, or of their steps and offloads, and of every hop.
std::vector<TimelineBar> timeline_bars(const Plan& plan);

struct TimeAxis {
  double step_ms = 1;  // between ticks: 1, 2 or 5 times a power of ten
  std::size_t steps = 1;
};
// From 0 to `longest_ms` or a little more, in at most eight steps.
TimeAxis time_axis(double longest_ms);

// Where it stands in the picture, pixels.
struct TimelinePlace {
  double top = 0;
  double left = 0;   // of the bars; names stand left of it
  double right = 0;  // of the figures behind the longest bar
};
double timeline_height(std::size_t bars);
std::string draw_timeline(const std::vector<TimelineBar>& bars, const TimelinePlace& place);

}  // namespace tandem::plan
