// Measurements as JSON (docs/formats.md, "Profile"): the files of `tandem profile export` and `import`.
#pragma once

#include <string>

#include "base/json.h"
#include "store/costs.h"

namespace tandem::store {

base::Json to_json(const Costs& costs);

// Reads versions 2 and 1 (medians only). Throws Error(InvalidInput) with the place and what was expected. Checks that
// times are finite and not negative, that layers exist, and every length: at most 64 exits, 10 million samples of all
// exits together, and 8 MB of a codec's description.
Costs costs_from_json(const base::Json& json, const std::string& source);

base::Json json_of(const cost::CodecLoss& loss);  // as in an entry of `codec_rates`, for reports

}  // namespace tandem::store
