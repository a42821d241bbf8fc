#include "store/exchange.h"

#include <nlohmann/json.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "store/test_store.h"

namespace tandem::store {
namespace {

using base::Json;

constexpr const char* kVersion1 = R"({"format": "tandem.profile", "version": 1,
  "models": [{"model": "digest", "target": "edge", "machine": "m", "engine": "e", "measured_at_s": 1000,
              "whole_ms": 10.5, "whole_low_ms": 10, "whole_high_ms": 11, "stage_overhead_ms": 0.5,
              "layer_ms": [1.5, 0.5, 8], "ends_kernel": [false, true, true]}],
  "links": [{"from": "device", "to": "edge", "measured_at_s": 7, "round_trip_ms": 5, "upload_mbps": 10,
             "download_mbps": 20}],
  "stages": [{"model": "digest", "target": "edge", "first": 0, "last": 2, "median_ms": 3.25, "low_ms": 3, "high_ms": 3.5,
              "measured_at_s": 1001},
             {"model": "unknown", "target": "edge", "first": 0, "last": 2, "median_ms": 3.25, "low_ms": 3,
              "high_ms": 3.5, "measured_at_s": 1001}]})";

std::string message_of(const Json& json) {
  try {
    costs_from_json(json, "profile.json");
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

Json with(const char* place, const Json& value) {
  Json json = to_json(everything());
  json[Json::json_pointer(place)] = value;
  return json;
}

TEST(Exchange, ReadsBackWhatItWrote) {
  EXPECT_EQ(costs_from_json(to_json(everything()), "profile.json"), everything());
  EXPECT_EQ(costs_from_json(base::parse_json(to_json(everything()).dump(), "profile.json"), "profile.json"),
            everything());
  EXPECT_EQ(costs_from_json(to_json({}), "profile.json"), Costs{});
}

TEST(Exchange, MakesKernelsAndSamplesOfVersion1) {
  const Costs costs = costs_from_json(base::parse_json(kVersion1, "old.json"), "old.json");
  const cost::Identity identity{"digest", "edge", "m", "e"};
  const std::vector<cost::Kernel> kernels = {{"", "", 2, {0, 1}}, {"", "", 8, {2}}};
  const Costs expected = {{{identity, 1000, 3, kernels}},
                          {{identity, {{0, 3}}, {10, 10.5, 11}, 1000}, {identity, {{0, 2}}, {3, 3.25, 3.5}, 1001}},
                          {{"device",
                            "edge",
                            {5, 7, cost::Source::Given},
                            {0, 7, cost::Source::Given},
                            {10, 7, cost::Source::Given},
                            {20, 7, cost::Source::Given}}}};
  EXPECT_EQ(costs, expected);
}

TEST(Exchange, SkipsRedundantStagesOfVersion1) {
  Json json = base::parse_json(kVersion1, "old.json");
  json["stages"][0]["last"] = 3;
  EXPECT_EQ(costs_from_json(json, "old.json").stages.size(), 1u);
  json["stages"][0]["last"] = 4;
  EXPECT_EQ(costs_from_json(json, "old.json").stages.size(), 1u);
}

TEST(Exchange, RefusesImpossibleNumbers) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_THAT(message_of(with("/examinations/0/kernels/0/median_ms", -1)),
              testing::StartsWith("profile.json: examinations[0]: kernels[0]: median_ms: expected a number in [0, "));
  EXPECT_THAT(message_of(with("/examinations/0/kernels/0/features/stride", kInfinity)), testing::HasSubstr("stride"));
  EXPECT_THAT(message_of(with("/stages/0/samples_ms/1", "1")), testing::HasSubstr("samples_ms[1]: expected a number"));
  EXPECT_THAT(message_of(with("/stages/0/measured_at_s", -1)), testing::HasSubstr("measured_at_s"));
  EXPECT_THAT(message_of(with("/links/0/upload_mbps", 0)), testing::HasSubstr("upload_mbps"));
  EXPECT_THAT(message_of(with("/links/0/jitter_source", "rumour")),
              testing::EndsWith(R"(jitter_source: expected probe, transfer or given, found "rumour")"));
}

TEST(Exchange, RefusesMissingAndUnorderedLayers) {
  EXPECT_THAT(message_of(with("/examinations/0/kernels/0/layers", {0, 4})), testing::HasSubstr("layers[1]"));
  EXPECT_THAT(message_of(with("/examinations/0/kernels/0/layers", {1, 1})), testing::HasSubstr("layers[1]"));
  EXPECT_THAT(message_of(with("/examinations/0/layer_count", 1 << 30)), testing::HasSubstr("layer_count"));
  EXPECT_THAT(message_of(with("/stages/0/layers", Json::array())), testing::HasSubstr("at least one range"));
  EXPECT_THAT(message_of(with("/stages/0/layers/1/0", 1)), testing::HasSubstr("layers[1][0]"));
  EXPECT_THAT(message_of(with("/stages/0/layers/1", {3})), testing::HasSubstr("the first and the last layer"));
  EXPECT_THAT(message_of(with("/stages/0/layers/1/1", 4)), testing::HasSubstr("layers of the model, which has 4"));
  EXPECT_THAT(message_of(with("/stages/0/samples_ms", Json::array())), testing::HasSubstr("at least one sample"));
}

TEST(Exchange, ReadsAProfileWithoutExitStatisticsAndCodecs) {
  Json json = to_json(everything());
  for (const char* key : {"exits", "codec_rates", "codec_times"}) json.erase(key);
  Costs without = everything();
  without.exits.clear();
  without.codec_rates.clear();
  without.codec_times.clear();
  EXPECT_EQ(costs_from_json(json, "profile.json"), without);
  EXPECT_EQ(to_json(without), json);
}

TEST(Exchange, RefusesImpossibleConfidences) {
  EXPECT_EQ(message_of(with("/exits/0/exits/1/margin/2", 1.5)),
            "profile.json: exits[0]: exits[1]: margin[2]: expected a number in [0, 1], found 1.5");
  EXPECT_THAT(message_of(with("/exits/0/exits/0/softmax/0", -1e-9)), testing::HasSubstr("softmax[0]"));
  EXPECT_THAT(message_of(with("/exits/0/exits/0/entropy/1", std::numeric_limits<double>::quiet_NaN())),
              testing::HasSubstr("entropy[1]"));
  EXPECT_THAT(message_of(with("/exits/0/exits/0/entropy/1", true)), testing::HasSubstr("entropy[1]"));
  EXPECT_THAT(message_of(with("/exits/0/exits/0/correct/0", 1)),
              testing::HasSubstr("correct[0]: expected true or false"));
  EXPECT_THAT(message_of(with("/exits/0/exits/0/temperature", 0)), testing::HasSubstr("temperature"));
  EXPECT_THAT(message_of(with("/exits/0/part", "train")), testing::HasSubstr("part: expected calibration or test"));
}

TEST(Exchange, RefusesExitsWithoutSamplesOrWithDifferentOnes) {
  EXPECT_THAT(message_of(with("/exits/0/exits", Json::array())), testing::HasSubstr("at least one exit"));
  EXPECT_THAT(message_of(with("/exits/0/exits/0/correct", Json::array())), testing::HasSubstr("at least one sample"));
  EXPECT_THAT(message_of(with("/exits/0/exits/0/correct", "yes")), testing::HasSubstr("expected a list of 1 entries"));
  EXPECT_THAT(message_of(with("/exits/0/exits/1/correct", {true})), testing::HasSubstr("expected a list of 3 entries"));
  EXPECT_THAT(message_of(with("/exits/0/exits/1/softmax", {0.5})), testing::HasSubstr("expected a list of 3 entries"));
}

TEST(Exchange, RefusesTooManyExitsAndSamples) {
  const Json exit = to_json(everything())["exits"][0]["exits"][0];
  EXPECT_THAT(message_of(with("/exits/0/exits", Json(65, exit))),
              testing::HasSubstr("65 entries, expected at most 64"));
  Json exits(64, exit);
  exits[0]["correct"] = std::vector<bool>(156'251);
  EXPECT_THAT(
      message_of(with("/exits/0/exits", exits)),
      testing::EndsWith("64 exits with 156251 samples each, expected at most 10000000 samples of all together"));
}

TEST(Exchange, RefusesDescriptionsThatAreNotBytes) {
  const std::string expected =
      "profile.json: codec_rates[0]: description: expected two hexadecimal digits for each byte";
  EXPECT_THAT(message_of(with("/codec_rates/0/description", "6b6")), testing::StartsWith(expected));
  EXPECT_THAT(message_of(with("/codec_rates/0/description", "6b-1")), testing::StartsWith(expected));
  EXPECT_THAT(message_of(with("/codec_rates/0/description", "6bxy")), testing::StartsWith(expected));
  EXPECT_THAT(message_of(with("/codec_rates/0/description", "")), testing::HasSubstr("0 bytes, expected 1 to 8388608"));
  EXPECT_THAT(message_of(with("/codec_rates/0/description", std::string((16 << 20) + 2, '6'))),
              testing::HasSubstr("text of at most 16777216 bytes"));
}

TEST(Exchange, RefusesImpossibleRatesAndTimesOfCodecs) {
  EXPECT_THAT(message_of(with("/codec_rates/0/size_bytes", -1)), testing::HasSubstr("size_bytes: expected a number"));
  EXPECT_THAT(message_of(with("/codec_rates/0/elements", 0)), testing::HasSubstr("elements"));
  EXPECT_THAT(message_of(with("/codec_rates/0/samples", 1.5)), testing::HasSubstr("samples"));
  EXPECT_THAT(message_of(with("/codec_rates/0/losses/1/loss_points", 1000)),
              testing::StartsWith("profile.json: codec_rates[0]: losses[1]: loss_points: expected a number in"));
  EXPECT_THAT(message_of(with("/codec_rates/0/losses/0/disagreement_percent", 101)),
              testing::HasSubstr("disagreement"));
  EXPECT_THAT(message_of(with("/codec_rates/0/losses", Json(65, Json::object()))),
              testing::HasSubstr("65 entries, expected at most 64"));
  EXPECT_THAT(message_of(with("/codec_times/0/decode_ms", std::numeric_limits<double>::infinity())),
              testing::StartsWith("profile.json: codec_times[0]: decode_ms: expected a number in"));
}

TEST(Exchange, RefusesAnotherFormatANewerVersionAndUnknownKeys) {
  EXPECT_THAT(message_of(with("/format", "tandem.plan")), testing::HasSubstr("expected tandem.profile"));
  EXPECT_THAT(message_of(with("/version", 3)), testing::HasSubstr("version: expected a whole number in [1, 2]"));
  EXPECT_THAT(message_of(with("/models", Json::array())), testing::HasSubstr("unknown key 'models'"));
  Json old = base::parse_json(kVersion1, "old.json");
  old["models"][0]["ends_kernel"] = Json::array();
  EXPECT_THAT(message_of(old), testing::HasSubstr("as many entries as layer_ms has, 3"));
}

}  // namespace
}  // namespace tandem::store
