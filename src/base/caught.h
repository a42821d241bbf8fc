// Any exception as an Error: those of the system and of memory have the kinds of their causes. Used where exceptions
// end, in main() and in servers. Thread-safe.
#pragma once

#include <exception>

#include "base/error.h"

namespace tandem::base {

// An Error is itself. A failure of the system (std::system_error, and so std::filesystem's) has the kind of its errno,
// a lack of memory ResourceExhausted; anything else is Internal.
Error error_of(const std::exception& failure);

}  // namespace tandem::base
