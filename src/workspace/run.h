// Requests over a fleet by one plan, or by a plan for each request: the work of `tandem run`.
#pragma once

#include <optional>
#include <vector>

#include "deploy/deployment.h"
#include "plan/problem/plan.h"
#include "workspace/answer_check.h"
#include "workspace/data_options.h"
#include "workspace/inputs.h"
#include "workspace/plan_choice.h"
#include "workspace/requests.h"
#include "workspace/service.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

struct RunOptions {
  PlanOptions plan;
  InputOptions input;            // for run_inputs
  DataOptions data;              // for the other functions
  std::size_t runs = 1;          // timed requests, after one for warming up
  std::size_t in_flight = 1;     // run_inputs, run_data: requests at once
  bool compares = false;         // run_inputs: compare the last answer with the whole model's in this process
  std::size_t verify_every = 0;  // run_inputs, run_data: compare one answer in this many, in the background; 0: none
};

struct InputRun {
  PlanChoice choice;
  deploy::Answer answer;             // to the last request that got one
  std::vector<double> latencies_ms;  // of all that got one
  std::optional<AnswerCheck> check;  // of the answer
  ServiceReport service;
};
// The same inputs in each request. Throws base::Error, also where no request was answered: that of the first.
InputRun run_inputs(Workspace& workspace, const RunOptions& options);

struct DataRun {
  PlanChoice choice;
  std::vector<Request> requests;
  ServiceReport service;
};
// Samples of a data set, by one plan.
DataRun run_data(Workspace& workspace, const RunOptions& options);

struct LiveRequest {
  double bandwidth_mbps = 0;  // measured before the request
  plan::Plan plan;
  bool is_predicted_in_time = true;
  bool is_rescued = false;  // the first target answered alone
  Request outcome;
};
// Samples of a data set, each by the best plan at the link's current bandwidth (serve/live.h). The options need a
// deadline. Throws Error(NotFound) when the store has no exit statistics of the model.
std::vector<LiveRequest> run_live(Workspace& workspace, const RunOptions& options);

}  // namespace tandem::workspace
