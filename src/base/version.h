// The version of Tandem, reported by `tandem --version` and by every agent.
#pragma once

namespace tandem::base {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace tandem::base
