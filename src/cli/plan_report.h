// What `tandem plan` found, as JSON for scripts and as tables for people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "cli/codec_report.h"
#include "plan/ask/binding.h"
#include "plan/ask/clash.h"
#include "plan/ask/front.h"
#include "plan/ask/plan_map.h"
#include "workspace/fleet_access.h"
#include "workspace/verification.h"
#include "plan/solve/solve.h"

namespace tandem::cli {

struct Front {
  plan::Objective first;
  plan::Objective second;
  std::string first_text;
  std::string second_text;
  std::vector<plan::FrontPoint> points;
};

struct PlanReport {
  plan::Problem problem;
  plan::Problem with_all_codecs;  // the same, whatever they lose
  KnownCosts known;               // what it was made of; empty: a problem file
  std::string digest;             // of the model; empty: the problem came without one
  std::string objective;          // as the user put it
  plan::Solution solution;
  double solve_us = 0;
  std::vector<plan::Plan> natives;

  // What was asked for.
  std::vector<VerifiedPlan> verified;  // in the order of solution.plans; empty: not asked for
  std::optional<std::vector<plan::Binding>> binds;
  std::optional<CodecReport> codecs;  // with `binds`, where there is a choice of codecs
  std::optional<Front> front;
  std::optional<std::vector<plan::MapSegment>> map;
  std::optional<plan::Clash> clash;  // when nothing is feasible

  double gap() const;  // by which the best plan may be above the optimum, relative to its cost
};

base::Json to_json(const PlanReport& report);   // docs/formats.md, "Plan"
std::string to_text(const PlanReport& report);  // tables; with an explanation when it has `binds`

}  // namespace tandem::cli
