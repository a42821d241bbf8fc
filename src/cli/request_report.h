// Outcomes of requests, as JSON for scripts and as tables for people. Private to cli/.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "plan/problem/plan.h"
#include "workspace/requests.h"
#include "workspace/run.h"

namespace tandem::cli {

// Requests by one plan, with its predictions if `plan` is given.
base::Json json_of(const std::vector<workspace::Request>& requests, const plan::Plan* plan);
std::string text_of(const std::vector<workspace::Request>& requests, const plan::Plan* plan);

// Requests with a plan each.
base::Json json_of(const std::vector<workspace::LiveRequest>& requests);
std::string text_of(const std::vector<workspace::LiveRequest>& requests);

}  // namespace tandem::cli
