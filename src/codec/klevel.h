// The fitted codec: evenly spaced levels between two clips, fitted on calibration data for the least rate × distortion,
// each channel with reconstruction values of its own; then entropy coding in the contexts of contexts.h with fitted
// frequencies, so that frames carry no tables and reach well below one bit per element where activations are sparse.
// Cohen et al., "Lightweight Compression of Neural Network Feature Tensors for Collaborative Intelligence" (ICME 2020)
// is the starting point: clipping, few levels, entropy coding. Private to codec/ and tests/codec_digests/.
#pragma once

#include <memory>
#include <string_view>

#include "codec/codec.h"

namespace tandem::codec {

// From a description that begins with kKLevelPrefix. Throws as open() does.
std::shared_ptr<const Codec> open_klevel(std::string_view description);

}  // namespace tandem::codec
