// Whether values are all finite: frames send a chunk raw when it has a NaN or an infinity that its codec would change.
// Used by codec and tune. Pure.
#pragma once

#include <span>

namespace tandem::codec {

bool are_finite(std::span<const float> values);

}  // namespace tandem::codec
