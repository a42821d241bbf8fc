// Text and JSON on standard output; throw as base::print does. Control characters are escaped. Private to cli/.
#pragma once

#include <string>

#include "base/json.h"

namespace tandem::cli {

void print_text(const std::string& text);
void print_json(const base::Json& json);
base::Json number_of(double value);  // "infinite" where JSON has no number

inline constexpr int kFailedCheck = 1;  // the exit code of a command whose comparison failed

}  // namespace tandem::cli
