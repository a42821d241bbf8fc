// The answer to a request with given inputs, as JSON for scripts and as tables for people. Private to cli/.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/json.h"
#include "workspace/run.h"

namespace tandem::cli {

base::Json json_of(const workspace::InputRun& run);
// With the `top` most likely classes of every output that is a distribution; `labels` name the first classes.
std::string text_of(const workspace::InputRun& run, const std::vector<std::string>& labels, std::size_t top);

}  // namespace tandem::cli
