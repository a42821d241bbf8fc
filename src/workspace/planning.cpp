#include "workspace/planning.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "plan/ask/native_plans.h"
#include "plan/ask/verified.h"
#include "plan/problem/accuracy.h"
#include "plan/problem/figures.h"
#include "plan/problem/objective_text.h"
#include "plan/problem/problem_json.h"

namespace tandem::workspace {
namespace {

using base::Error;
using base::ErrorKind;

constexpr std::size_t kLargestProblemBytes = 512u << 20;
constexpr base::Milliseconds kGlance{1'000};

ObjectiveSource source_of_objective(const PlanReport& report, const Question& question) {
  if (!question.objective.empty()) return ObjectiveSource::Flag;
  if (report.digest.empty()) return ObjectiveSource::ProblemFile;
  return report.known.exits ? ObjectiveSource::ExitStatistics : ObjectiveSource::Default;
}

void add_question(PlanReport& report, const Question& question) {
  report.with_all_codecs = report.problem;
  Question with_any_loss = question;
  with_any_loss.max_accuracy_loss.reset();
  with_any_loss.apply_to(report.with_all_codecs);
  question.apply_to(report.problem);
  if (!report.known.models.empty()) plan::spare_accuracy(report.problem);
  report.objective = plan::text_of(report.problem, report.problem.objective);
  report.objective_source = source_of_objective(report, question);
}

// Planning needs no target: one that does not answer at once is not asked further.
void warn_if_seen_to_be_stale(Workspace& workspace, const KnownCosts& known) {
  try {
    warn_of_stale(known, workspace.access().targets(), kGlance);
  } catch (const Error& error) {
    base::log(base::LogLevel::Info, "profiles are not compared with their machines: {}", error.message());
  }
}

// With the stage times that verification stored.
std::vector<VerifiedPlan> verify(Workspace& workspace, const PlanningOptions& options) {
  warn_of_stale(workspace.costs(), workspace.access().targets());
  return verify_plans(workspace, [&](const KnownCosts& known) {
    plan::Problem problem = workspace.problem(known);
    options.question.apply_to(problem);
    plan::spare_accuracy(problem);
    return plan::solve(problem, options.question.options(options.verify)).plans;
  });
}

// The verified plans replace the listed ones; if the objective is latency, in the order of measured latency.
void take_verified(PlanReport& report) {
  if (report.verified.empty()) return;
  if (report.problem.objective.kind == plan::ObjectiveKind::Latency) {
    std::vector<double> latency_ms;
    for (const auto& each : report.verified) latency_ms.push_back(each.verified_ms);
    std::vector<VerifiedPlan> ordered;
    for (const std::size_t index : plan::order_verified(latency_ms)) ordered.push_back(report.verified[index]);
    report.verified = std::move(ordered);
  }
  report.solution.plans.clear();
  report.solution.proven = report.verified.size();
  for (const auto& each : report.verified) report.solution.plans.push_back(each.plan);
}

void solve(PlanReport& report, const PlanningOptions& options) {
  const plan::SolveOptions limits = options.question.options(options.top);
  const auto start = std::chrono::steady_clock::now();
  report.solution = plan::solve(report.problem, limits);
  report.solve_us = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  report.natives = plan::native_plans(report.problem);
  take_verified(report);
}

// Codecs that lose accuracy are useful if one of the objectives counts it.
const plan::Problem& problem_of_front(const PlanReport& report, const Front& front) {
  const auto counts = [](const plan::Objective& objective) {
    return objective.kind == plan::ObjectiveKind::Accuracy || objective.error_weight > 0;
  };
  const bool is_silent = !plan::counts_accuracy(report.problem);
  return is_silent && (counts(front.first) || counts(front.second)) ? report.with_all_codecs : report.problem;
}

Front make_front(const PlanReport& report, const PlanningOptions& options) {
  Front front;
  front.first_text = options.front[0];
  front.second_text = options.front[1];
  front.first = plan::parse_objective(report.problem, front.first_text);
  front.second = plan::parse_objective(report.problem, front.second_text);
  for (const auto& objective : {front.first, front.second})
    plan::require_figures(problem_of_front(report, front), objective);
  front.points =
      plan::pareto_front(problem_of_front(report, front), front.first, front.second, options.question.options(1));
  return front;
}

std::vector<std::size_t> links_to_map(const plan::Problem& problem, const std::vector<std::string>& names) {
  std::vector<std::size_t> links;
  for (const auto& name : names) {
    const auto named = plan::parse_objective(problem, fmt::format("upload({})", name)).links;
    links.insert(links.end(), named.begin(), named.end());
  }
  for (std::size_t i = 0; names.empty() && i < problem.links.size(); ++i) {
    if (problem.links[i].from == 0) links.push_back(i);
  }
  if (links.empty()) throw Error(ErrorKind::NotFound, "--map: there is no link whose bandwidth could vary");
  return links;
}

void analyse(PlanReport& report, const PlanningOptions& options) {
  const plan::Problem& problem = report.problem;
  const plan::Plan& best = report.solution.plans.front();
  if (options.explains) {
    report.binds = plan::what_binds(problem, best, options.question.options(1));
    report.codecs =
        trade_codecs(report.with_all_codecs, problem, best, report.known.codecs.rates, options.question.options(1));
  }
  if (!options.front.empty()) report.front = make_front(report, options);
  report.compared = plan::compare(problem, plan::methods_named(options.compare),
                                  {.must_stop = options.question.options(1).must_stop});
  if (!options.map_mbps) return;
  const auto [low, high] = *options.map_mbps;
  report.map =
      plan::plan_map(problem, links_to_map(problem, options.map_links), low, high, options.question.options(1));
}

void explain_failure(PlanReport& report, const PlanningOptions& options) {
  if (!report.solution.is_proven) {
    throw Error(ErrorKind::DeadlineExceeded,
                fmt::format("no plan was found in {} s, though there may be one: give a longer --time-limit",
                            options.question.time_limit_s));
  }
  report.clash = plan::why_infeasible(report.problem, options.question.options(1));
}

}  // namespace

const char* name_of(ObjectiveSource source) {
  switch (source) {
    case ObjectiveSource::Flag:
      return "flag";
    case ObjectiveSource::Default:
      return "default";
    case ObjectiveSource::ExitStatistics:
      return "exit statistics";
    case ObjectiveSource::ProblemFile:
      return "problem file";
  }
  return "default";
}

plan::Problem read_problem(const std::string& path) {
  return plan::problem_from_json(base::parse_json(base::read_file(path, kLargestProblemBytes), path), path);
}

PlanReport ask(plan::Problem problem, const PlanningOptions& options) {
  PlanReport report;
  report.problem = std::move(problem);
  add_question(report, options.question);
  return report;
}

PlanReport ask(Workspace& workspace, const PlanningOptions& options) {
  PlanReport report;
  report.digest = workspace.model().digest();
  if (options.verify > 0) report.verified = verify(workspace, options);
  report.known = workspace.costs();
  if (options.verify == 0) warn_if_seen_to_be_stale(workspace, report.known);
  report.problem = workspace.problem(report.known);
  warn_of_guesses(report.known, workspace.fleet());
  add_question(report, options.question);
  return report;
}

void answer(PlanReport& report, const PlanningOptions& options) {
  solve(report, options);
  report.solution.plans.empty() ? explain_failure(report, options) : analyse(report, options);
}

}  // namespace tandem::workspace
