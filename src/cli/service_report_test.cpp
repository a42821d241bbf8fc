#include "cli/service_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

namespace tandem::cli {
namespace {

using testing::HasSubstr;

workspace::ServiceReport with_losses() {
  workspace::ServiceReport service{.requests = 5, .answered = 4};
  service.fallbacks = {{"all on device", 2}};
  service.losses = {{"edge", "connection reset", false, 1'796'000'000, 1'796'000'060},
                    {"cloud", "differs", true, 1'796'000'090, {}}};
  service.failure = base::Error(base::ErrorKind::DeadlineExceeded, "edge: no answer by the deadline");
  service.audit = workspace::AuditReport{3, 1, 1, std::numeric_limits<double>::infinity()};
  return service;
}

TEST(ServiceReport, HasNothingToSayWhereAllWentWell) {
  EXPECT_EQ(text_of(workspace::ServiceReport{.requests = 5, .answered = 5}, {}), "");
}

TEST(ServiceReport, NamesMachinesPlansAndFailures) {
  const std::string text = text_of(with_losses(), {});
  EXPECT_THAT(text, HasSubstr("answered: 4 of 5 requests; the first failure: edge: no answer by the deadline\n"));
  EXPECT_THAT(text, HasSubstr("by the plan 'all on device' instead: 2 answers\n"));
  EXPECT_THAT(text, HasSubstr("'edge' lost at 2026-11-30"));
  EXPECT_THAT(text, HasSubstr(", back at 2026-11-30"));
  EXPECT_THAT(text, HasSubstr("'cloud' out of service from 2026-11-30"));
  EXPECT_THAT(text, HasSubstr("3 answers, 1 different, 1 skipped; largest difference inf"));
}

TEST(ServiceReport, HasAllOfItInJson) {
  const base::Json json = json_of(with_losses(), {});
  EXPECT_EQ(json["requests"], 5);
  EXPECT_EQ(json["answered"], 4);
  EXPECT_EQ(json["fallbacks"][0]["plan"], "all on device");
  EXPECT_EQ(json["fallbacks"][0]["answers"], 2);
  EXPECT_EQ(json["losses"][0]["target"], "edge");
  EXPECT_EQ(json["losses"][0]["back_at_s"], 1'796'000'060);
  EXPECT_TRUE(json["losses"][1]["has_lied"].get<bool>());
  EXPECT_TRUE(json["losses"][1]["back_at_s"].is_null());
  EXPECT_EQ(json["failure"], "edge: no answer by the deadline");
  EXPECT_EQ(json["verified"]["max_relative_difference"], "infinite");
  EXPECT_FALSE(json_of(workspace::ServiceReport{}, {}).contains("verified"));
}

TEST(ServiceReport, CountsTheAnswersOfReplicasAndSetsThePeriodBesideThePrediction) {
  workspace::ServiceReport service{.requests = 5, .answered = 5, .in_flight = 4, .period_ms = 51.25};
  service.replicas = {{"edge", "edge.1", 3}, {"edge", "edge.2", 2}};
  plan::Plan plan;
  plan.period_ms = 50;
  EXPECT_EQ(
      text_of(service, plan),
      "4 at once: an answer every 51.2 ms on average, predicted 50.0 ms\nanswers by replica: edge.1 3, edge.2 2\n");
  const base::Json json = json_of(service, plan);
  EXPECT_EQ(json["concurrency"], 4);
  EXPECT_EQ(json["period_ms"], 51.25);
  EXPECT_EQ(json["predicted_period_ms"], 50);
  EXPECT_EQ(json["replicas"][1]["target"], "edge");
  EXPECT_EQ(json["replicas"][1]["replica"], "edge.2");
  EXPECT_EQ(json["replicas"][1]["answers"], 2);
  EXPECT_FALSE(json_of(workspace::ServiceReport{}, plan).contains("replicas"));
}

}  // namespace
}  // namespace tandem::cli
