// Measurements as JSON (docs/formats.md, "Profile"): what `tandem profile export` writes and `import` reads.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cost/codec_rates.h"
#include "cost/store.h"

namespace tandem::cost {

struct Costs {
  std::vector<Examination> examinations;
  std::vector<StageTime> stages;
  std::vector<LinkCosts> links;
  std::vector<ExitStatistics> exits;
  std::vector<CodecRate> codec_rates;
  std::vector<CodecTime> codec_times;
  bool operator==(const Costs&) const = default;
};

base::Json to_json(const Costs& costs);

// Reads version 2, and version 1, which had medians only. Throws base::Error with the place and what was expected;
// checks that times are finite and not negative, that layers exist, and every length: exit statistics are of at most 64
// exits and 10 million samples of all of them together, descriptions of codecs have at most 8 MB.
Costs costs_from_json(const base::Json& json, const std::string& source);

// An entry of it alone: the store keeps and checks its rows by these.
base::Json json_of(const Examination& examination);
base::Json json_of(const StageTime& time);
base::Json json_of(const LinkCosts& costs);
base::Json json_of(const ExitStatistics& statistics);
base::Json json_of(const CodecRate& rate);
base::Json json_of(const CodecLoss& loss);
base::Json json_of(const CodecTime& time);
Examination read_examination(const base::JsonView& view);
StageTime read_stage_time(const base::JsonView& view);
LinkCosts read_link_costs(const base::JsonView& view);
ExitStatistics read_exit_statistics(const base::JsonView& view);
CodecRate read_codec_rate(const base::JsonView& view);  // its description: hexadecimal text, or a binary value
CodecTime read_codec_time(const base::JsonView& view);

Costs read_all(const Store& store);
void write_all(Store& store, const Costs& costs);  // all or nothing

}  // namespace tandem::cost
