#include "cli/request_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tandem::cli {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using workspace::LiveRequest;
using workspace::Request;

const std::vector<Request> kRequests = {
    {"exit1", true, true, 10}, {"exit1", false, true, 20}, {"exit2", true, true, 30}, {"", false, false, 0}};

plan::Plan with_exits() {
  plan::Plan plan;
  plan.stages.resize(1);
  plan.stages[0].target = "device";
  plan.stages[0].ranges = {{0, 3}};
  plan.exits = {{"exit1", 0.75}, {"exit2", 0.25}};
  plan.latency_ms = 15;
  plan.accuracy = 90;
  return plan;
}

TEST(RequestReport, ComparesStopsWithThePlan) {
  const plan::Plan plan = with_exits();
  const std::string text = text_of(kRequests, &plan);
  EXPECT_THAT(text, HasSubstr("4 requests: 75.0 % in time, 50.00 % right and in time"));
  EXPECT_THAT(text, HasSubstr("predicted 90.00"));
  EXPECT_THAT(text, HasSubstr("latency: median 20"));
  EXPECT_THAT(text, ContainsRegex("exit1 +50.0 % +75.0 %"));
  const base::Json json = json_of(kRequests, &plan);
  EXPECT_EQ(json["exits"][1]["predicted_share"], 0.25);
  EXPECT_EQ(json["predicted_right_percent"], 90);
}

TEST(RequestReport, PredictsNothingWithoutAPlan) {
  EXPECT_THAT(text_of(kRequests, nullptr), ContainsRegex("exit2 +25.0 % +–"));
  const base::Json json = json_of(kRequests, nullptr);
  EXPECT_FALSE(json.contains("predicted_ms"));
  EXPECT_FALSE(json["exits"][0].contains("predicted_share"));
}

TEST(RequestReport, HasNoLatencyWhereNothingWasInTime) {
  EXPECT_THAT(text_of({kRequests[3]}, nullptr), testing::Not(HasSubstr("latency:")));
}

TEST(RequestReport, CountsRequestsThatTheDeviceRescued) {
  std::vector<LiveRequest> live;
  for (const auto& request : kRequests) live.push_back({8, with_exits(), true, false, request});
  live[1].is_rescued = true;
  const std::string text = text_of(live);
  EXPECT_THAT(text, HasSubstr("by the device alone\n"));
  EXPECT_THAT(text, ContainsRegex("8 +.* +15.* +– +no\n"));
  EXPECT_THAT(text, HasSubstr("answered by the first target alone, since the link failed: 1 request"));
  const base::Json json = json_of(live);
  EXPECT_EQ(json["rows"][1]["is_rescued"], true);
  EXPECT_TRUE(json["rows"][3]["measured_ms"].is_null());
}

}  // namespace
}  // namespace tandem::cli
