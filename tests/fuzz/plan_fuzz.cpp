// Reads spoilt plans; what was valid is written and read again.
#include <nlohmann/json.hpp>

#include <cstdlib>

#include "base/error.h"
#include "base/json.h"
#include "fuzz/fuzz.h"
#include "plan/problem/plan_json.h"

namespace {

constexpr std::size_t kLayers = 40;

tandem::plan::Plan parse(const std::string& text) {
  return tandem::plan::plan_from_json(tandem::base::parse_json(text, "plan.json"), "plan.json", kLayers);
}

std::string text_of(const tandem::plan::Plan& plan) {
  return to_json(plan, "ms").dump(-1, ' ', false, tandem::base::Json::error_handler_t::replace);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto plan = parse(std::string(reinterpret_cast<const char*>(data), size));
    const std::string text = text_of(plan);
    if (text_of(parse(text)) != text) std::abort();
  } catch (const tandem::base::Error&) {
  }
  return 0;
}

std::vector<std::string> tandem::fuzz::seeds() {
  plan::Plan native;
  native.stages = {{"device", {{0, kLayers}}, 12.5}};
  native.cost = native.latency_ms = 12.5;
  plan::Plan split;
  split.stages = {{"device", {{0, 13}, {20, 25}}, 3.25, 1000, 8, {{"a", "raw", 900}, {"b", "int8", 100}}},
                  {"edge", {}, 0, 1000, 4, {{"a", "raw", 900}, {"b", "int8", 100}}},
                  {"cloud", {{13, 20}, {25, kLayers}}, 1}};
  split.policy = "exit 2 at 0.8";
  split.cost = split.latency_ms = 16.25;
  split.accuracy = 91.5;
  const std::string old = R"({"cost": 3, "unit": "ms", "summary": "", "is_native": true, "stages": [)"
                          R"({"target": "device", "first_layer": 0, "last_layer": 39, "compute_ms": 3}]})";
  return {to_json(native, "ms").dump(), to_json(split, "J").dump(2), old,
          "{\"stages\": [1, -2.5e3, true, null, \"\\u20ac\"]}"};
}
