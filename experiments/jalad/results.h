// What was found, as the JSON that README.md describes. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cost/codec_rates.h"
#include "latency.h"
#include "map.h"
#include "summary.h"

namespace tandem::jalad {

// A network with all of its exits, or with the last alone.
inline constexpr const char* kAllExits = "all exits";
inline constexpr const char* kLastExit = "last exit";

// An entry of "rates".
base::Json rates_json(const std::string& network, const std::string& exits, bool is_cut,
                      const std::vector<cost::CodecRate>& rates);

// An entry of "cuts".
base::Json cut_json(const CutSummary& cut, const std::string& exits);

// An entry of "totals".
base::Json totals_json(const std::string& network, const std::string& exits, const std::vector<CutSummary>& cuts);

// "map". `encodings` are those of the README, in its order; null when the measurements are not at hand.
base::Json map_json(const scission::Data& data, const std::vector<MapEncoding>& encodings, const MapSetting& setting);

// An entry of "latency".
base::Json latency_json(const std::string& network, const Subject& subject, const LatencySetting& setting);

}  // namespace tandem::jalad
