// Costs as JSON (docs/formats.md, "Profile"): what `tandem profile export` writes and `import` reads.
#pragma once

#include <string>

#include "base/json.h"
#include "cost/store.h"

namespace tandem::cost {

struct Costs {
  std::vector<ModelCosts> models;
  std::vector<LinkCosts> links;
  std::vector<StageTime> stages;
  bool operator==(const Costs&) const = default;
};

base::Json to_json(const Costs& costs);

// Throws base::Error with the place and what was expected; checks that times are finite and not negative.
Costs costs_from_json(const base::Json& json, const std::string& source);

Costs read_all(const Store& store);
void write_all(Store& store, const Costs& costs);

}  // namespace tandem::cost
