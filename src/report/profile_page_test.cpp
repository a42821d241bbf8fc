#include "report/profile_page.h"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "report/assets.h"
#include "report/page.h"
#include "report/sample_profile.h"
#include "report/test_page.h"

namespace tandem::report {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::size_t kLayers = 48;

std::string own_part(const ProfilePage& page) {
  return without_library(to_html(page));
}

TEST(ProfilePage, CarriesTheLibrary) {
  EXPECT_THAT(std::string(echarts_script()), HasSubstr("Apache License, Version 2.0"));
  EXPECT_NE(to_html(sample_profile(kLayers, "")).find(echarts_script()), std::string::npos);
}

TEST(ProfilePage, RefersToNothingElsewhere) {
  const auto html = own_part(sample_profile(kLayers, ""));
  EXPECT_THAT(html, Not(HasSubstr("://")));
  for (const auto* reference : {"src=", "href=", "url(", "@import"}) EXPECT_THAT(html, Not(HasSubstr(reference)));
}

TEST(ProfilePage, LetsNoNameBecomeMarkup) {
  for (const std::string hostile : kHostileNames) {
    const auto harmless = own_part(sample_profile(kLayers, ""));
    const auto html = own_part(sample_profile(kLayers, hostile));
    EXPECT_EQ(tags_in(html), tags_in(harmless)) << hostile;
    EXPECT_THAT(data_of(html)["layers"][0]["name"].get<std::string>(), StartsWith(hostile));
  }
}

TEST(ProfilePage, SurvivesNamesThatAreNoUtf8) {
  EXPECT_THAT(data_of(to_html(sample_profile(kLayers, "\xff\xc0\x80")))["layers"][0]["name"].get<std::string>(),
              HasSubstr("stage0"));
}

TEST(ProfilePage, HoldsEveryLayerOfEveryTarget) {
  const auto page = sample_profile(kLayers, "");
  const auto html = to_html(page);
  const auto data = data_of(html);
  ASSERT_EQ(data["targets"].size(), page.targets.size());
  for (std::size_t t = 0; t < page.targets.size(); ++t) {
    EXPECT_EQ(data["targets"][t]["layer_ms"].get<std::vector<double>>(), page.targets[t].layer_ms);
  }
  for (std::size_t i = 0; i < kLayers; ++i) {
    EXPECT_EQ(data["layers"][i]["name"], page.layers[i].name);
    EXPECT_THAT(html, HasSubstr(">" + page.layers[i].name + "</td>"));
  }
}

TEST(ProfilePage, PutsTheBestPlanFirst) {
  auto page = sample_profile(kLayers, "");
  page.plans = {{"slow", 9}, {"fast", 2}, {"chosen", 3}};
  page.plans[2].is_best = true;
  const auto plans = data_of(to_html(page))["plans"];
  EXPECT_EQ(plans[0]["label"], "chosen");
  EXPECT_EQ(plans[1]["label"], "fast");
  EXPECT_EQ(plans[2]["label"], "slow");
}

TEST(ProfilePage, TakesLayersWithoutTimeToBelongToTheKernelBeforeThem) {
  auto page = sample_profile(4, "");
  page.targets[0].kernel_first = {};
  page.targets[0].layer_ms = {2, 0, 0, 1};
  EXPECT_EQ(data_of(to_html(page))["targets"][0]["kernel_first"], base::Json({0, 0, 0, 3}));
}

TEST(ProfilePage, SaysHowFarPredictionsMiss) {
  ProfilePage page;
  page.checks = {{"edge", "0–4", {10}, 11}, {"edge", "5–9", {10}, 10}, {"edge", "9–9", {10}, 9.8}};
  EXPECT_THAT(to_html(page), HasSubstr("miss by 2.0 % in the median, by 9.2 % at the 95th percentile"));
}

TEST(ProfilePage, StandsWithNothingMeasured) {
  const auto html = to_html({});
  EXPECT_THAT(html, StartsWith("<!DOCTYPE html>"));
  EXPECT_TRUE(data_of(html)["targets"].empty());
}

TEST(ProfilePage, RefusesATargetThatLacksLayers) {
  auto page = sample_profile(kLayers, "");
  page.targets[1].layer_ms.pop_back();
  EXPECT_THROW(to_html(page), base::Error);
}

TEST(Page, ShowsThreeDigits) {
  EXPECT_EQ(human_ms(0.052), "0.052 ms");
  EXPECT_EQ(human_bytes(1.5e9), "1.50 GB");
}

}  // namespace
}  // namespace tandem::report
