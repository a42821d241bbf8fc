// Reads spoilt profiles; what was valid comes back from what is written.
#include <nlohmann/json.hpp>

#include <cstdlib>

#include "base/error.h"
#include "fuzz/fuzz.h"
#include "store/exchange.h"

namespace {

constexpr const char* kVersion1 = R"({"format": "tandem.profile", "version": 1,
  "models": [{"model": "digest", "target": "edge", "machine": "m", "engine": "e", "measured_at_s": 1000,
              "whole_ms": 10.5, "whole_low_ms": 10, "whole_high_ms": 11, "stage_overhead_ms": 0.5,
              "layer_ms": [1.5, 0.5, 8], "ends_kernel": [false, true, true]}],
  "links": [{"from": "device", "to": "edge", "measured_at_s": 7, "round_trip_ms": 5, "upload_mbps": 10,
             "download_mbps": 20}],
  "stages": [{"model": "digest", "target": "edge", "first": 0, "last": 2, "median_ms": 3.25, "low_ms": 3, "high_ms": 3.5,
              "measured_at_s": 1001}]})";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  try {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto costs = store::costs_from_json(base::parse_json(text, "profile.json"), "profile.json");
    if (store::costs_from_json(store::to_json(costs), "again") != costs) std::abort();
  } catch (const base::Error&) {
  }
  return 0;
}

std::vector<std::string> tandem::fuzz::seeds() {
  const cost::Identity identity{"digest", "edge", "x86_64", "engine"};
  store::Costs costs;
  costs.examinations = {
      {identity, 1000, 3, {{"Conv_0", "Conv", 1.5, {0, 1}, {"Conv", 1e9, 400}}, {"Reorder"}}, 20, 1, 2}};
  costs.stages = {{identity, {{0, 1}, {2, 3}}, {10.5, 10.25}, 1000}};
  costs.links = {{"device", "edge", {5.5, 1000}, {0.5, 1000}, {10, 1000, cost::Source::Transfer}, {20}}};
  const exits::ExitRecord exit{"exit1", 1.25, {{{0.1F, 1}, {0, 0.5F}, {0.25F, 1e-10F}}}, {true, false}};
  costs.exits = {{"digest", "fashion-mnist", "test", 1000, {exit, exit}}};
  costs.codec_rates = {
      {"digest", "relu1", "data", "klevel k=3", "klevel k=3", 1000, 64, 10, 9.5, 0.5, {{"exit1", -0.5}}}};
  costs.codec_times = {{identity, "relu1", "klevel k=3", 0.5, 0.25, 1000}};
  return {store::to_json(costs).dump(), store::to_json(costs).dump(2), store::to_json({}).dump(), kVersion1};
}
