// Whether a peer speaks TLS: a plain connection that it closed does not say. Private to wire/.
#pragma once

#include <string>

#include "base/clock.h"

namespace tandem::wire {

inline constexpr base::Milliseconds kLongestTlsProbe{2'000};

// Tries a TLS handshake at HOST:PORT, for about this long at most. False where it fails, or nobody listens.
bool speaks_tls(const std::string& address);

}  // namespace tandem::wire
