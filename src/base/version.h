// The version of Tandem, as `tandem --version` and every agent say it.
#pragma once

namespace tandem::base {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace tandem::base
