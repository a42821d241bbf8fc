// The layers, sent tensors and steps of a stage in JSON, for plan_json.h. Private to plan/problem/.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "plan/problem/plan.h"

namespace tandem::plan {

inline constexpr std::size_t kLongestTargetName = 200;
inline constexpr double kMostOfPlan = 1e300;  // of any number in a plan

base::Json ranges_json(const std::vector<LayerRange>& ranges);
base::Json sent_json(const std::vector<SentTensor>& tensors);
base::Json bypasses_json(const std::vector<Bypass>& bypasses);
base::Json steps_json(const std::vector<Step>& steps);

// Each throws Error(InvalidInput) with the place.
double plan_number_or(const base::JsonView& object, std::string_view key, double otherwise);
LayerRange read_range(const base::JsonView& first, const base::JsonView& last, std::size_t least,
                      std::size_t layer_count);  // both included
std::vector<LayerRange> read_ranges(const base::JsonView& view, std::size_t layer_count);
std::vector<SentTensor> read_sent(const base::JsonView& view);
std::vector<Bypass> read_bypasses(const base::JsonView& view);
// Adds the steps to a stage whose target and layers are read: they run its layers.
void read_steps(const base::JsonView& view, std::size_t layer_count, Stage& stage);

}  // namespace tandem::plan
