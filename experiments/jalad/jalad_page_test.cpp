#include "jalad_page.h"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/assets.h"
#include "report/test_page.h"
#include "sample_jalad.h"

namespace tandem::jalad {
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

constexpr std::size_t kCuts = 4;

std::string page() {
  return jalad_page(sample_jalad(kCuts, ""));
}

TEST(JaladPage, CarriesTheLibraryAndRefersToNothingElsewhere) {
  ASSERT_NE(page().find(echarts_script()), std::string::npos);
  const auto html = without_library(page());
  for (const auto* reference : {"http:", "https:", "src=", "href=", "url(", "@import"})
    EXPECT_THAT(html, Not(HasSubstr(reference)));
}

TEST(JaladPage, LetsNoNameBecomeMarkup) {
  const auto harmless = without_library(page());
  for (const std::string hostile : kHostileNames) {
    const auto html = without_library(jalad_page(sample_jalad(kCuts, hostile)));
    EXPECT_EQ(tags_in(html), tags_in(harmless)) << hostile;
    EXPECT_EQ(data_of(html)["data"], hostile + "fashion-mnist");
  }
}

TEST(JaladPage, GivesItsScriptsTheWholeExperiment) {
  EXPECT_EQ(data_of(page()), base::parse_json(sample_jalad(kCuts, "").dump(), "sample"));
}

TEST(JaladPage, OffersEveryTensorUnderItsNetworkAndEveryEncoding) {
  const auto html = page();
  EXPECT_EQ(occurrences(html, "<optgroup label=\"alexnet5, all exits\">"), 1U);
  EXPECT_EQ(occurrences(html, "<optgroup"), 4U);
  EXPECT_EQ(occurrences(html, "</optgroup>"), 4U);
  EXPECT_THAT(html, HasSubstr("<option value=\"5\">relu1</option>")) << "the second of the second network's";
  EXPECT_THAT(html, HasSubstr("<option value=\"0\">float32, 32.00 bits: 0 of 15</option>"));
  EXPECT_EQ(occurrences(html, " selected>"), 1U);
  EXPECT_THAT(html, HasSubstr("<option value=\"3\" selected>ours, median rate"));
  EXPECT_EQ(occurrences(html, "<option"), 4U * kCuts + 4U + 4U + 2U);
}

TEST(JaladPage, MarksTensorsThatAreNoCut) {
  EXPECT_THAT(jalad_page(sample_jalad(5, "")), HasSubstr("<option value=\"4\">relu4 (no cut)</option>"));
}

TEST(JaladPage, BeginsWithWhatItComesTo) {
  const auto html = page();
  EXPECT_THAT(html, HasSubstr("<dt>Bits per element at ≤ 1 point</dt>\n<dd>0.72 <small>median of 8 cuts; 0.41 at the "
                              "best; 83 % of them need at most one bit"));
  EXPECT_THAT(html, HasSubstr("<dd>31 % <small>at the median cut; of 8 bits with Zstandard: 16 %"));
}

TEST(JaladPage, CountsTheCellsThatASplitWinsByNetworkAndEncoding) {
  auto sample = sample_jalad(kCuts, "");
  auto& encodings = sample["map"]["encodings"];
  for (auto& encoding : encodings) {
    encoding["splits"] = 0;
    for (auto& cell : encoding["cells"]) cell["winner"] = "device";
  }
  encodings[3]["cells"][1]["winner"] = "split";
  encodings[3]["splits"] = 1;
  const auto html = without_labels(jalad_page(sample));
  EXPECT_THAT(html, HasSubstr("<dt>A split wins in</dt>\n<dd>1 of 15 <small>float32: 0; 8 bits: 0;"));
  EXPECT_THAT(html, HasSubstr("<th scope=\"row\">mobilenet</th><td class=\"number\">0</td><td class=\"number\">0</td>"
                              "<td class=\"number\">0</td><td class=\"number\">1</td>"));
}

TEST(JaladPage, ShowsThePlanBehindEachLatency) {
  auto sample = sample_jalad(kCuts, "");
  sample["bandwidths_mbps"] = base::Json::array({10});
  EXPECT_THAT(without_labels(jalad_page(sample)),
              HasSubstr("<th scope=\"row\" class=\"number\">10</th><td>90.0 ms <small>all on device</small></td>"));
}

TEST(JaladPage, ShowsNoLatencyWhereACodecHasNoSetting) {
  auto sample = sample_jalad(kCuts, "");
  sample["bandwidths_mbps"] = base::Json::array({100});
  EXPECT_THAT(without_labels(jalad_page(sample)),
              HasSubstr("<td>– <small>no setting loses little enough</small></td>"));
}

TEST(JaladPage, StandsWithoutMeasurementsForAMap) {
  const auto html = jalad_page(sample_jalad(0, ""));
  EXPECT_THAT(html, Not(HasSubstr("id=\"map\"")));
  EXPECT_TRUE(data_of(html)["map"].is_null());
}

TEST(JaladPage, StandsWithoutCuts) {
  auto sample = sample_jalad(kCuts, "");
  sample["cuts"] = base::Json::array();
  for (auto& totals : sample["totals"]) {
    for (auto& [key, value] : totals.items()) {
      if (value.is_number_float()) value = nullptr;
    }
  }
  EXPECT_THAT(jalad_page(sample), HasSubstr("<dd>– <small>at the median cut; of 8 bits with Zstandard: –"));
}

TEST(JaladPage, RefusesAnExperimentThatLacksAMember) {
  for (const auto* member : {"networks", "rates", "cuts", "totals", "map", "latency", "methods", "points"}) {
    auto sample = sample_jalad(kCuts, "");
    sample.erase(member);
    EXPECT_THROW(jalad_page(sample), base::Json::exception) << member;
  }
}

}  // namespace
}  // namespace tandem::jalad
