// Reads spoilt plans; what was valid is written and read again.
#include <cstdlib>

#include "base/error.h"
#include "base/json.h"
#include "fuzz/fuzz.h"
#include "plan/plan.h"

namespace {

constexpr std::size_t kLayers = 40;

tandem::plan::Plan parse(const std::string& text) {
  return tandem::plan::plan_from_json(tandem::base::parse_json(text, "plan.json"), "plan.json", kLayers);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto plan = parse(std::string(reinterpret_cast<const char*>(data), size));
    if (parse(to_json(plan).dump(-1, ' ', false, tandem::base::Json::error_handler_t::replace)).stages.size() !=
        plan.stages.size()) {
      std::abort();
    }
  } catch (const tandem::base::Error&) {
  }
  return 0;
}

std::vector<std::string> tandem::fuzz::seeds() {
  const plan::Plan native{{{"device", 0, kLayers, 12.5, 0, 0}}, 12.5};
  const plan::Plan split{
      {{"device", 0, 13, 3.25, 1000, 8}, {"edge", 13, 13, 0, 1000, 4}, {"cloud", 13, kLayers, 1, 0, 0}}, 16.25};
  return {to_json(native).dump(), to_json(split).dump(2), "{\"stages\": [1, -2.5e3, true, null, \"\\u20ac\"]}"};
}
