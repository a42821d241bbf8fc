// Private to cli/. Outcomes of requests, as JSON for scripts and as tables for people.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "plan/problem/plan.h"
#include "workspace/requests.h"
#include "workspace/run.h"

namespace tandem::cli {

// With the predictions of the plan, where there is one for all requests.
base::Json json_of(const std::vector<workspace::Request>& requests, const plan::Plan* plan);
std::string text_of(const std::vector<workspace::Request>& requests, const plan::Plan* plan);

// Requests that each had a plan of their own.
base::Json json_of(const std::vector<workspace::LiveRequest>& requests);
std::string text_of(const std::vector<workspace::LiveRequest>& requests);

}  // namespace tandem::cli
