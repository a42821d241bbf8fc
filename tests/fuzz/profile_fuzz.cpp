// Reads spoilt profiles; what was valid comes back from what is written.
#include <cstdlib>

#include "base/error.h"
#include "cost/exchange.h"
#include "fuzz/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  try {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto costs = cost::costs_from_json(base::parse_json(text, "profile.json"), "profile.json");
    if (cost::costs_from_json(cost::to_json(costs), "again") != costs) std::abort();
  } catch (const base::Error&) {
  }
  return 0;
}

std::vector<std::string> tandem::fuzz::seeds() {
  cost::Costs costs;
  costs.models = {
      {"digest", "edge", "x86_64", "engine", 1000, 10.5, 10.1, 10.9, 0.25, {1.5, 0, 8.75}, {true, false, true}}};
  costs.links = {{"device", "edge", 1000, 5.5, 10, 20}};
  costs.stages = {{"digest", "edge", 0, 2, 3.25, 3, 3.5, 1001}};
  return {cost::to_json(costs).dump(), cost::to_json(costs).dump(2), cost::to_json({}).dump()};
}
