#include "edgent_page.h"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/assets.h"
#include "report/test_page.h"
#include "sample_edgent.h"

namespace tandem::edgent {
namespace {

using report::data_of;
using report::echarts_script;
using report::kHostileNames;
using report::occurrences;
using report::tags_in;
using report::without_labels;
using report::without_library;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kRequests = 100;

std::string page() {
  return edgent_page(sample_edgent(kRequests, ""));
}

TEST(EdgentPage, CarriesTheLibraryAndRefersToNothingElsewhere) {
  ASSERT_NE(page().find(echarts_script()), std::string::npos);
  auto html = without_library(page());
  const std::string drawing = "http://www.w3.org/2000/svg";  // a name, not an address
  html.erase(html.find(drawing), drawing.size());
  for (const auto* reference : {"http:", "https:", "src=", "href=", "url(", "@import"})
    EXPECT_THAT(html, Not(HasSubstr(reference)));
}

TEST(EdgentPage, LetsNoNameBecomeMarkup) {
  const auto harmless = without_library(page());
  for (const std::string hostile : kHostileNames) {
    const auto html = without_library(edgent_page(sample_edgent(kRequests, hostile)));
    EXPECT_EQ(tags_in(html), tags_in(harmless)) << hostile;
    EXPECT_EQ(data_of(html)["model"], hostile + "alexnet5-fashion-mnist");
  }
}

TEST(EdgentPage, GivesItsScriptsTheWholeExperiment) {
  EXPECT_EQ(data_of(page()), base::parse_json(sample_edgent(kRequests, "").dump(), "sample"));
}

TEST(EdgentPage, OffersEveryBandwidthAndDeadlineAndBeginsWithTheMiddle) {
  const auto html = page();
  EXPECT_EQ(occurrences(html, "<option value=\"0.05\">0.05 Mbit/s</option>"), 2U);
  EXPECT_EQ(occurrences(html, "<option value=\"1\" selected>1 Mbit/s</option>"), 2U);
  EXPECT_EQ(occurrences(html, "<option value=\"300\" selected>300 ms</option>"), 1U);
  EXPECT_EQ(occurrences(html, "<option"), 8U + 8U + 9U);
}

TEST(EdgentPage, ShowsTheTightestDeadlineOfEachMethodWithItsAccuracy) {
  auto sample = sample_edgent(0, "");
  sample["bandwidths_mbps"] = base::Json::array({0.5});
  sample["tightest"] = base::Json::array();
  sample["tightest"].push_back(
      {{"mbps", 0.5}, {"method", "edge only"}, {"deadline_ms", 50}, {"accuracy_percent", 92.41}});
  sample["tightest"].push_back(
      {{"mbps", 0.5}, {"method", "Tandem"}, {"deadline_ms", nullptr}, {"accuracy_percent", nullptr}});
  const auto html = without_labels(edgent_page(sample));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\" class=\"number\">0.5</th><td class=\"number\">–</td>"
                              "<td class=\"number\">50 ms <small>92.4 %</small></td><td class=\"number\">–</td>"));
}

TEST(EdgentPage, ShowsTheExitsOfTandemForEachLinkAndDeadline) {
  auto sample = sample_edgent(0, "");
  sample["bandwidths_mbps"] = base::Json::array({0.5});
  sample["deadlines_ms"] = base::Json::array({200, 300});
  sample["cells"] = base::Json::array();
  sample["cells"].push_back({{"mbps", 0.5},
                             {"deadline_ms", 300},
                             {"method", "Tandem"},
                             {"exit", "exit1, exit4"},
                             {"in_time_percent", 100},
                             {"right_in_time_percent", 91.25}});
  EXPECT_THAT(without_labels(edgent_page(sample)), HasSubstr("<th scope=\"row\" class=\"number\">0.5</th><td>–</td>"
                                                             "<td>exit1, exit4 <small>91.2 %</small></td>"));
}

TEST(EdgentPage, NamesTheBestMethodWhicheverItIs) {
  auto sample = sample_edgent(0, "");
  for (auto& cell : sample["cells"]) {
    cell["right_in_time_percent"] = cell["method"] == "exits only" ? 80 : cell["method"] == "Tandem" ? 70.5 : 60;
  }
  const auto html = edgent_page(sample);
  EXPECT_THAT(
      html,
      HasSubstr("exits only answers 80.0 % of requests rightly within their deadline; Tandem comes next with 70.5 %"));
  EXPECT_THAT(html, HasSubstr("<dd>70.5 % <small>mean over all links and deadlines; best other: exits only, 80.0 %"));
}

TEST(EdgentPage, SaysHowFarPredictionsMiss) {
  EXPECT_THAT(page(), HasSubstr("miss by 2.1 % in the median, by 7.0 % at the 95th percentile"));
}

TEST(EdgentPage, ListsTheRequestsThatMissedOrWereRescued) {
  const auto html = without_labels(page());
  EXPECT_THAT(html, HasSubstr("96.0 % of what was promised within 600 ms was there in time"));
  EXPECT_EQ(occurrences(html, "<td>missed, wrong</td>"), 4U);
  EXPECT_EQ(occurrences(html, ", rescued</td>"), 8U);
  EXPECT_THAT(html, HasSubstr("<td>in time, right, rescued</td>"));
}

TEST(EdgentPage, StandsWithoutATrace) {
  const auto html = edgent_page(sample_edgent(0, ""));
  EXPECT_THAT(html, Not(HasSubstr("id=\"trace\"")));
  EXPECT_TRUE(data_of(html)["trace"].is_null());
}

TEST(EdgentPage, RefusesAnExperimentThatLacksAMember) {
  for (const auto* member : {"methods", "cells", "tightest", "prediction", "trace", "device_ms"}) {
    auto sample = sample_edgent(kRequests, "");
    sample.erase(member);
    EXPECT_THROW(edgent_page(sample), base::Json::exception) << member;
  }
}

}  // namespace
}  // namespace tandem::edgent
