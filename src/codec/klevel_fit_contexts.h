// The step of the fit that finds classes and reference channels. Pure. Private to codec/.
#pragma once

#include "codec/contexts.h"
#include "codec/klevel_samples.h"

namespace tandem::codec {

// Classes by how often an element is not zero; by channel where a tensor has more than 2^16 elements. The reference of
// a channel is the earlier one whose zeros tell most about its own: mutual information over places.
ContextTables fit_contexts(const LevelSamples& samples);

}  // namespace tandem::codec
