// Features that random problems have on request: each kind of question has its own cases. For tests. Private to plan/.
#pragma once

#include <random>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// Inability: blocks and codecs that some targets lack. Money: prices. Together: blocks that stay together.
// Segments: measured times of whole stages. Replicas: of any target. Bypass: allowed, and tensors with several readers.
// Waits: larger transfers wait on some links, and some links limit their size.
enum class Feature { None, Inability, Money, Together, Segments, Replicas, Bypass, Waits };
const char* name_of(Feature feature);

// Adds the feature to a problem without constraints.
void add_feature(Problem& problem, Feature feature, std::mt19937& random);

// Adds a constraint that only this feature has, if there is one, which binds about half of the time; `plan`: any plan
// of the problem.
void add_feature_constraint(Problem& problem, Feature feature, const Plan& plan, std::mt19937& random);

}  // namespace tandem::plan
