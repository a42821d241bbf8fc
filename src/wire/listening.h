// What a server checks of its address before it listens. Private to wire/.
#pragma once

#include <string>

#include "base/error.h"
#include "wire/credentials.h"

namespace tandem::wire {

// Throws Error(InvalidInput) on another form than HOST:PORT, and Error(Refused) on an address beyond loopback without
// TLS unless the credentials allow it.
void check_may_listen(const std::string& address, const Credentials& credentials);

}  // namespace tandem::wire
