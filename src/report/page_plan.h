// Plans on pages: their times, predicted and measured, and what these are spent on. Used by the pages of profiles and
// of comparisons. Plain data.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace tandem::report {

// A figure and its interval; both ends 0: no interval.
struct Figure {
  double ms = 0;
  double low_ms = 0;
  double high_ms = 0;
};
std::string range_of(const Figure& figure);                         // "11.9 ms to 12.2 ms"; empty without an interval
std::string error_of(double predicted_ms, const Figure& measured);  // "+3.1 %"; "–" where nothing was measured

struct PageStage {
  std::string target;
  double compute_ms = 0;
  double exchange_ms = 0;  // of handing over to the next stage: encoding, both ways over the link, decoding
};

struct PagePlan {
  std::string label;  // "device 0–12 → cloud 13–40"
  double predicted_ms = 0;
  std::optional<Figure> measured;
  bool is_native = false;
  bool is_best = false;
  std::vector<PageStage> stages;  // add up to predicted_ms
  std::vector<std::size_t> cuts;  // number of layers before each cut, in the order of layers; empty for a native plan
};
double time_of(const PagePlan& plan);                // measured, else predicted
std::string stages_text(const PagePlan& plan);       // "device 12.1 ms · exchange 2.0 ms · edge 4.3 ms"
std::string runner_of(const PagePlan& native_plan);  // its target
const PagePlan* fastest_native(const std::vector<PagePlan>& plans);  // nullptr: there is none

base::Json to_json(const Figure& figure);
base::Json to_json(const PagePlan& plan);  // for plan_bars.js

}  // namespace tandem::report
