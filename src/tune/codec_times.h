// How long targets take to encode and decode a model's tensors. Used by tandem codec. One thread at a time.
#pragma once

#include <functional>
#include <vector>

#include "cost/codec_rates.h"
#include "profile/measure.h"
#include "tune/study.h"

namespace tandem::tune {

// A codec on a tensor, to be timed on a target. Both must outlive it.
struct CodecTiming {
  const cost::CodecRate& rate;
  const profile::Subject& subject;
};

using KeepTime = std::function<void(const cost::CodecTime& time)>;

// Times each codec on the tensors of the first test sample, cut by cut, and hands each time to `keep` at once. Throws
// Error(InvalidInput) as adapter_of does, Error(NotFound) on a tensor that does not cross, and base::Error, naming the
// target, when it refuses.
void time_codecs(const Study& study, const std::vector<CodecTiming>& timings, const KeepTime& keep,
                 const profile::Progress& progress, const profile::OnLoss& on_loss = {});

}  // namespace tandem::tune
