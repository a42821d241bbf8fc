// How requests fared: those without an answer, lost machines, replicas, wrong answers; as JSON and as text. Private to
// cli/.
#pragma once

#include <string>

#include "base/json.h"
#include "plan/problem/plan.h"
#include "workspace/service.h"

namespace tandem::cli {

// `plan`: the one that was chosen.
base::Json json_of(const workspace::ServiceReport& service, const plan::Plan& plan);
// Lines for that which went wrong, for replicas, throughput and comparisons; empty where there is nothing to say.
std::string text_of(const workspace::ServiceReport& service, const plan::Plan& plan);

}  // namespace tandem::cli
