// A planning problem, its solution, and the requested analyses: the work of `tandem plan`.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "plan/ask/binding.h"
#include "plan/ask/clash.h"
#include "plan/ask/front.h"
#include "plan/ask/plan_map.h"
#include "plan/ask/trade.h"
#include "plan/compare/compare.h"
#include "plan/problem/problem.h"
#include "plan/solve/solve.h"
#include "workspace/codec_trades.h"
#include "workspace/known_costs.h"
#include "workspace/question.h"
#include "workspace/verification.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

struct PlanningOptions {
  Question question;
  std::size_t top = 3;     // plans to list
  std::size_t verify = 0;  // plans whose stages are timed; 0: none
  bool explains = false;
  std::vector<std::string> front;  // two objectives, or empty
  std::optional<std::pair<double, double>> map_mbps;
  std::vector<std::string> map_links;  // "FROM->TO"; empty: all that leave the first target
  std::vector<std::string> compare;    // published methods by name, or "all"
};

struct Front {
  plan::Objective first;
  plan::Objective second;
  std::string first_text;
  std::string second_text;
  std::vector<plan::FrontPoint> points;
};

enum class ObjectiveSource { Flag, Default, ExitStatistics, ProblemFile };
const char* name_of(ObjectiveSource source);  // "flag", "default", …

struct PlanReport {
  plan::Problem problem;
  plan::Problem with_all_codecs;  // the same problem, with codecs of any loss
  KnownCosts known;               // the source of the problem; empty: a problem file
  std::string digest;             // of the model; empty: a problem file
  std::string objective;          // in the user's words
  ObjectiveSource objective_source = ObjectiveSource::Default;
  plan::Solution solution;
  double solve_us = 0;
  std::vector<plan::Plan> natives;

  // On request by the options.
  std::vector<VerifiedPlan> verified;  // in the order of solution.plans
  std::optional<std::vector<plan::Binding>> binds;
  std::optional<CodecTrades> codecs;  // with `binds`, if there is a choice of codecs
  std::optional<Front> front;
  std::optional<std::vector<plan::MapSegment>> map;
  std::vector<plan::Compared> compared;

  std::optional<plan::Clash> clash;  // if no plan is feasible
};

// docs/formats.md, "Problem". Throws base::Error.
plan::Problem read_problem(const std::string& path);

// The question, put to a problem, or to a model and a fleet; not answered yet. The latter first times stages if the
// options ask for it. Throws base::Error.
PlanReport ask(plan::Problem problem, const PlanningOptions& options);
PlanReport ask(Workspace& workspace, const PlanningOptions& options);

// Adds the solution and the analyses, or, if no plan is feasible, the clash. Throws Error(DeadlineExceeded) when the
// time limit passed before a plan was found.
void answer(PlanReport& report, const PlanningOptions& options);

}  // namespace tandem::workspace
