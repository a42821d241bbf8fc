// The first step of the fit: the levels of the fitted codec. Pure. Private to codec/.
#pragma once

#include <span>

#include "codec/quantize.h"

namespace tandem::codec {

// Levels `relative_step` × the root mean square of the values around their anchor apart. Clips, and the width of the
// zero bin where values have a floor, have the least distortion + λ rate, with the λ of klevel_fit.h. No value is NaN
// or infinite; there is at least one.
Grid fit_grid(std::span<const float> values, double relative_step);

}  // namespace tandem::codec
