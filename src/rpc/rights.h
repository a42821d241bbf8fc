// Which roles may call which method: the one table. Used by the server. Pure. Private to rpc/.
#pragma once

#include <string>

#include "wire/call_handler.h"

namespace tandem::rpc {

// Throws Error(Refused) unless the caller's certificate has one of the method's roles; the line names both. A method
// that is not in the table is left to who answers that there is none.
void check_right(const std::string& method, const wire::CallTerms& terms);

}  // namespace tandem::rpc
