// Fits the k-level codec to the values that a tensor has on calibration data. Used by tune. Pure; deterministic on one
// machine.
#pragma once

#include <span>
#include <string>

#include "base/tensor.h"

namespace tandem::codec {

struct KLevelSetting {
  double step = 1;  // × the root mean square of the values around their anchor; (0, 100]; the larger, the fewer bits
};

// The description of a codec for tensors of `type` (float32, one sample), from `samples`, one such tensor after the
// other. Of more than 2^24 values, evenly chosen samples are used. Clip, rounding and the number of levels minimise
// distortion + λ rate on the samples, with the λ at which a uniform quantiser of this step trades them: λ = step² ln 2
// ÷ 6 per bit (distortion step² ÷ 12 at high rates: Gray and Neuhoff, "Quantization", IEEE Transactions on Information
// Theory 44, 1998, section IV). Throws Error(InvalidInput) without a sample, or with a step out of range;
// Error(Unsupported) for another element type.
std::string fit_klevel(const base::TensorType& type, std::span<const float> samples, const KLevelSetting& setting);

}  // namespace tandem::codec
