#include "report/comparison_page.h"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/sample_comparison.h"
#include "report/test_page.h"

namespace tandem::report {
namespace {

using testing::HasSubstr;
using testing::Not;

ComparedPlan plan(const std::string& label, double predicted_ms, double measured_ms) {
  ComparedPlan compared{{label, predicted_ms}, 1.1 * measured_ms, 1.2 * measured_ms, 20};
  compared.plan.measured = Figure{measured_ms, 0.9 * measured_ms, 1.1 * measured_ms};
  return compared;
}

TEST(ComparisonPage, HoldsPredictionsBesideMeasurementsWithTheirIntervals) {
  ComparisonPage page;
  page.plans = {plan("split", 10, 12.5), plan("all on edge", 20, 25)};
  page.plans[1].plan.is_native = true;
  const auto html = to_html(page);
  EXPECT_THAT(html, HasSubstr("<h2>The chosen plan takes 12.5 ms, 2.00 times as fast as the best machine alone</h2>"));
  EXPECT_THAT(html, HasSubstr(">10.0 ms</td>"));
  EXPECT_THAT(html, HasSubstr(">12.5 ms <small>11.2 ms to 13.8 ms</small></td>"));
  EXPECT_THAT(html, HasSubstr(">-20.0 %</td>"));
  EXPECT_EQ(data_of(html)["plans"][0]["measured"]["low_ms"], 11.25);
}

TEST(ComparisonPage, SaysWhenAMachineAloneIsFaster) {
  ComparisonPage page;
  page.plans = {plan("split", 10, 12), plan("all on edge", 20, 11)};
  page.plans[1].plan.is_native = true;
  page.plans[1].plan.stages = {{"edge", 20}};
  EXPECT_THAT(to_html(page), HasSubstr("<h2>The chosen plan takes 12.0 ms, edge alone 11.0 ms</h2>"));
}

TEST(ComparisonPage, ShowsWhyAPlanHasNoMeasurement) {
  ComparisonPage page;
  page.plans = {plan("split", 10, 12), {{"all on edge", 20}, 0, 0, 0, "the edge is down"}};
  const auto html = to_html(page);
  EXPECT_THAT(html, HasSubstr(">0 <small>the edge is down</small></td>"));
  EXPECT_TRUE(data_of(html)["plans"][1]["measured"].is_null());
}

TEST(ComparisonPage, LetsNoNameBecomeMarkup) {
  const auto harmless = without_library(to_html(sample_comparison(3, "")));
  for (const std::string hostile : kHostileNames) {
    const auto html = without_library(to_html(sample_comparison(3, hostile)));
    EXPECT_EQ(tags_in(html), tags_in(harmless)) << hostile;
    EXPECT_EQ(data_of(html)["targets"][0]["name"], hostile + "device");
  }
}

TEST(ComparisonPage, StandsWithoutPlans) {
  EXPECT_THAT(to_html(ComparisonPage{}), Not(HasSubstr("id=\"plans\"")));
}

}  // namespace
}  // namespace tandem::report
