#include "workspace/run.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "engine/verify.h"
#include "serve/live.h"
#include "workspace/in_flight.h"

namespace tandem::workspace {
namespace {

base::Deadline deadline_from_now(const RunOptions& options) {
  const auto& deadline_ms = options.plan.deadline_ms;
  return deadline_ms ? base::Deadline::after(base::Milliseconds(*deadline_ms)) : base::Deadline::never();
}

ServiceOptions service_options(const RunOptions& options, bool is_single) {
  return {options.plan.deadline_ms, is_single, options.verify_every, options.in_flight};
}

void warn_of_outputs_without_values(const model::Model& model) {
  for (const auto& [name, type] : model.output_types()) {
    if (type.element == base::ElementType::Undefined || base::element_size(type.element) > 0) continue;
    base::log(base::LogLevel::Warning, "output '{}' is left out: a {} is not sent", name, base::to_string(type));
  }
}

// A plan whose requests may end at an exit ends for all samples of a batch at once.
void warn_of_batch(const model::Model& model, const plan::Plan& plan) {
  if (plan.exits.size() < 2) return;
  for (const auto& [name, type] : model.output_types()) {
    const bool is_exit = std::ranges::find(plan.exits, name, &plan::PlanExit::name) != plan.exits.end();
    if (!is_exit || type.shape.size() < 2 || type.shape[0] < 2) continue;
    return base::log(base::LogLevel::Warning,
                     "the {} samples of a batch leave together, at the first exit where each of them is sure enough",
                     type.shape[0]);
  }
}

LiveRequest look_and_choose(serve::LivePlanner& planner, serve::LivePlanner::Choice& choice) {
  LiveRequest request;
  request.bandwidth_mbps = planner.measure();
  choice = planner.choose();
  request.plan = choice.plan;
  request.is_predicted_in_time = choice.is_in_time;
  return request;
}

serve::LivePlanner make_live_planner(Workspace& workspace, const PlanOptions& options) {
  plan::Problem problem = problem_to_run(workspace, options);
  if (problem.policies.empty()) {
    throw base::Error(base::ErrorKind::NotFound,
                      "--live: the store has no exit statistics of this model: run `tandem exits report` first");
  }
  return {in_time(std::move(problem), options), workspace.model(), workspace.access().targets(), workspace.codecs()};
}

}  // namespace

namespace {

InputRun run_inputs(Workspace& workspace, const RunOptions& options, const std::vector<base::NamedTensor>& inputs) {
  InputRun run{choose_plan(workspace, options.plan), {}, {}, {}, {}};
  warn_of_batch(workspace.model(), run.choice.best);
  Service service(workspace, run.choice, service_options(options, options.runs == 1));
  service.warm_up(inputs);
  std::mutex mutex;  // of the answer and the latencies
  do_in_flight(options.runs, options.in_flight, [&](std::size_t) {
    auto answer = service.run(inputs);
    if (!answer) return;
    const std::lock_guard lock(mutex);
    run.answer = std::move(answer).take();
    run.latencies_ms.push_back(run.answer.latency_ms);
  });
  run.service = service.finish();
  if (run.latencies_ms.empty()) throw base::Error(*run.service.failure);
  if (options.compares)
    run.check = check_answer(workspace.model(), workspace.engine(), run.choice.best, inputs, run.answer);
  return run;
}

}  // namespace

InputRun run_inputs(Workspace& workspace, const RunOptions& options) {
  const auto inputs = choose_inputs(options.input, workspace.model(), workspace.store());
  warn_of_outputs_without_values(workspace.model());
  return run_on(inputs, workspace.model(), [&] { return run_inputs(workspace, options, inputs.tensors); });
}

DataRun run_data(Workspace& workspace, const RunOptions& options) {
  const auto inputs = choose_inputs(options.input, workspace.model(), workspace.store()).tensors;
  DataRun run{choose_plan(workspace, options.plan), {}, {}};
  Service service(workspace, run.choice, service_options(options, false));
  service.warm_up(inputs);
  run.requests = run_requests(
      workspace.model(), options.data, options.runs, [&](const auto& sample) { return service.run(sample); },
      options.in_flight);
  run.service = service.finish();
  return run;
}

std::vector<LiveRequest> run_live(Workspace& workspace, const RunOptions& options) {
  serve::LivePlanner planner = make_live_planner(workspace, options.plan);
  std::vector<LiveRequest> live;
  const auto outcomes = run_requests(workspace.model(), options.data, options.runs, [&](const auto& sample) {
    serve::LivePlanner::Choice choice;
    live.push_back(look_and_choose(planner, choice));
    auto outcome = planner.run(choice, sample, deadline_from_now(options));
    if (!outcome) return base::Result<deploy::Answer>(outcome.error());
    live.back().is_rescued = outcome.value().is_rescued;
    return base::Result<deploy::Answer>(std::move(outcome.value().answer));
  });
  for (std::size_t i = 0; i < live.size(); ++i) live[i].outcome = outcomes[i];
  return live;
}

}  // namespace tandem::workspace
