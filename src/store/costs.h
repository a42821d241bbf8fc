// One profile: entries of every kind that the store keeps and the exchange moves, as plain data.
#pragma once

#include <vector>

#include "cost/codec_rates.h"
#include "cost/costs.h"
#include "exits/statistics.h"

namespace tandem::store {

struct Costs {
  std::vector<cost::Examination> examinations;
  std::vector<cost::StageTime> stages;
  std::vector<cost::LinkCosts> links;
  std::vector<exits::ExitStatistics> exits;
  std::vector<cost::CodecRate> codec_rates;
  std::vector<cost::CodecTime> codec_times;
  bool operator==(const Costs&) const = default;
};

}  // namespace tandem::store
