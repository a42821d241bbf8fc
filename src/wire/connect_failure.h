// Why a connection could not be made, in our words: gRPC reports every reason as "unavailable", and tells them apart by
// its text only. Pure. Private to wire/.
#pragma once

#include <string>

#include "base/error.h"

namespace tandem::wire {

// Whether gRPC's text is about a connection that could not be made.
bool is_connect_failure(const std::string& text);

// The kind and the line for it. A closed connection is told from one that is not of our fleet, speaks no TLS, or says
// nothing.
base::Error connect_failure(const std::string& text);

}  // namespace tandem::wire
