// The answer to a request with given inputs, as JSON for scripts and as tables for people. Private to cli/.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.h"
#include "workspace/run.h"

namespace tandem::cli {

// The most likely classes of every output that is a distribution.
struct Classes {
  const std::vector<std::string>& labels;  // of the first classes; empty: JSON lists none
  std::size_t top = 5;                     // how many are listed
};
base::Json json_of(const workspace::InputRun& run, const Classes& classes);
std::string text_of(const workspace::InputRun& run, const Classes& classes);

}  // namespace tandem::cli
