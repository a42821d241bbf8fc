// Measurements as JSON (docs/formats.md, "Profile"): what `tandem profile export` writes and `import` reads.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cost/codec_rates.h"
#include "store/store.h"

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

base::Json to_json(const Costs& costs);

// Reads version 2, and version 1, which had medians only. Throws base::Error with the place and what was expected;
// checks that times are finite and not negative, that layers exist, and every length: exit statistics are of at most 64
// exits and 10 million samples of all of them together, descriptions of codecs have at most 8 MB.
Costs costs_from_json(const base::Json& json, const std::string& source);

// An entry of it alone: the store keeps and checks its rows by these.
base::Json json_of(const cost::Examination& examination);
base::Json json_of(const cost::StageTime& time);
base::Json json_of(const cost::LinkCosts& costs);
base::Json json_of(const exits::ExitStatistics& statistics);
base::Json json_of(const cost::CodecRate& rate);
base::Json json_of(const cost::CodecLoss& loss);
base::Json json_of(const cost::CodecTime& time);
cost::Examination read_examination(const base::JsonView& view);
cost::StageTime read_stage_time(const base::JsonView& view);
cost::LinkCosts read_link_costs(const base::JsonView& view);
exits::ExitStatistics read_exit_statistics(const base::JsonView& view);
cost::CodecRate read_codec_rate(const base::JsonView& view);  // its description: hexadecimal text, or a binary value
cost::CodecTime read_codec_time(const base::JsonView& view);

Costs read_all(const Store& store);
void write_all(Store& store, const Costs& costs);  // all or nothing

}  // namespace tandem::store
