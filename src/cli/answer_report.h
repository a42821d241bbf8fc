// The answer to a request with given inputs, as JSON for scripts and as tables for people. Private to cli/.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "workspace/run.h"

namespace tandem::cli {

// Of an output that holds a finite value for each class, the most likely classes are listed; of others, the first
// values. Those are classes that the user asks for, that have labels, that the model makes as such, or that form a
// distribution.
struct Classes {
  const std::vector<std::string>& labels;  // of the first classes; empty: JSON lists none
  std::size_t top = 5;                     // how many are listed
  bool is_asked = false;                   // every vector of floats is meant
  std::set<std::string> outputs = {};      // workspace::class_outputs
};
base::Json json_of(const workspace::InputRun& run, const Classes& classes);
std::string text_of(const workspace::InputRun& run, const Classes& classes);

}  // namespace tandem::cli
