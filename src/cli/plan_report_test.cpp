#include "cli/plan_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/unix_time.h"

namespace tandem::cli {
namespace {

using testing::HasSubstr;

// One block, on a phone: 100 ms.
workspace::PlanReport on_a_phone() {
  workspace::PlanReport report;
  report.problem.tiers = {"device"};
  report.problem.blocks = {{"a", 0, 1, 0}};
  report.problem.targets.resize(1);
  report.problem.targets[0].name = "phone";
  report.problem.targets[0].block_ms = {100};
  report.solution = plan::solve(report.problem);
  report.objective = "latency";
  return report;
}

std::string text_of_age(std::int64_t age_s) {
  workspace::PlanReport report = on_a_phone();
  cost::ModelCosts costs;
  costs.identity.target = "phone";
  costs.measured_at_s = base::unix_time_s() - age_s;
  report.known.models = {costs};
  report.binds.emplace();
  return to_text(report);
}

TEST(PlanReport, GivesAgesInTheUnitThatFits) {
  EXPECT_THAT(text_of_age(600), HasSubstr("phone: measured 10 min ago"));
  EXPECT_THAT(text_of_age(3 * 3600 + 60), HasSubstr("phone: measured 3 h ago"));
  EXPECT_THAT(text_of_age(5 * 86400 + 60), HasSubstr("phone: measured 5 days ago"));
}

TEST(PlanReport, SaysHowMuchASearchThatStoppedMayHaveMissed) {
  workspace::PlanReport report = on_a_phone();
  report.solution.is_proven = false;
  report.solution.proven = 0;
  report.solution.bound = 90;
  EXPECT_THAT(to_text(report), HasSubstr("not proven: the best plan may cost 10 % less"));
  EXPECT_DOUBLE_EQ(to_json(report)["gap"].get<double>(), 0.1);
}

TEST(PlanReport, SaysWhichPlansAreProven) {
  workspace::PlanReport report = on_a_phone();
  report.solution.plans.push_back(report.solution.plans[0]);
  report.solution.plans[1].cost = 200;
  report.solution.open_bound = 150;
  report.solution.proven = 1;
  EXPECT_THAT(to_text(report), HasSubstr("proven up to plan 1: another may cost 25 % less than plan 2"));
  const base::Json json = to_json(report);
  EXPECT_EQ(json["proven_plans"], 1);
  EXPECT_DOUBLE_EQ(json["plans"][0]["gap"].get<double>(), 0);
  EXPECT_DOUBLE_EQ(json["plans"][1]["gap"].get<double>(), 0.25);
}

TEST(PlanReport, GivesTheAccuracyWhereItIsAskedFor) {
  workspace::PlanReport report = on_a_phone();
  report.problem.objective.kind = plan::ObjectiveKind::Accuracy;
  report.solution.plans[0].accuracy = 91.5;
  report.solution.plans[0].cost = 8.5;
  const std::string text = to_text(report);
  EXPECT_THAT(text, HasSubstr("accuracy %"));
  EXPECT_THAT(text, testing::ContainsRegex("8.5 +100.* 91.50"));
}

}  // namespace
}  // namespace tandem::cli
