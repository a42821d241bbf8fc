// How requests fared: those without an answer, lost machines, wrong answers; as JSON and as text. Private to cli/.
#pragma once

#include <string>

#include "base/json.h"
#include "workspace/service.h"

namespace tandem::cli {

base::Json json_of(const workspace::ServiceReport& service);
// Lines for that which went wrong, and for comparisons; empty where there is nothing to say.
std::string text_of(const workspace::ServiceReport& service);

}  // namespace tandem::cli
