// The schema and the JSON of each table of the store. A table's file (examinations.cpp, stages.cpp, links.cpp,
// exits.cpp, codec_rates.cpp, codec_times.cpp, digests.cpp, inputs.cpp) holds its SQL, the fields of its entries and
// the members of Store that read and write it. Private to store/.
#pragma once

#include "base/json.h"
#include "store/costs.h"

namespace tandem::store {

extern const char* const kCreateExaminations;
extern const char* const kCreateStages;
extern const char* const kCreateLinks;
extern const char* const kCreateDigests;
extern const char* const kCreateExits;
extern const char* const kCreateInputs;
extern const char* const kCreateCodecRates;
extern const char* const kCreateCodecTimes;

base::Json json_of(const cost::Examination& examination);
base::Json json_of(const cost::StageTime& time);
base::Json json_of(const cost::LinkCosts& costs);
base::Json json_of(const exits::ExitStatistics& statistics);
base::Json json_of(const cost::CodecRate& rate);
base::Json json_of(const cost::CodecTime& time);

// Throw Error(InvalidInput) with the place.
void read(const base::JsonView& view, cost::Examination& examination);
void read(const base::JsonView& view, cost::StageTime& time);
void read(const base::JsonView& view, cost::LinkCosts& costs);
void read(const base::JsonView& view, exits::ExitStatistics& statistics);
void read(const base::JsonView& view, cost::CodecRate& rate);
void read(const base::JsonView& view, cost::CodecTime& time);

}  // namespace tandem::store
