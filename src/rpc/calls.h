// The handlers of Tandem's methods: from the bytes of a call to the Handler, and back. Private to rpc/.
#pragma once

#include <memory>
#include <string>

#include "rpc/handler.h"
#include "rpc/limits.h"
#include "wire/call_handler.h"

namespace tandem::rpc {

// Null when there is no such method. Throws Error(Refused) where the caller's roles do not allow it. `handler` must
// outlive the call.
std::unique_ptr<wire::CallHandler> open_call(const std::string& method, const wire::CallTerms& terms, Handler& handler,
                                             const Limits& limits);

}  // namespace tandem::rpc
