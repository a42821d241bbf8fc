// Whether a peer speaks TLS: a plain connection that it closed does not say. Private to wire/.
#pragma once

#include <string>

namespace tandem::wire {

// Tries a TLS handshake at HOST:PORT, for about two seconds at most. False where it fails, or nobody listens.
bool speaks_tls(const std::string& address);

}  // namespace tandem::wire
