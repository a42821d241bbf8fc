// Rates, losses and times of codecs on a model's tensors: the work of `tandem codec`.
#pragma once

#include <string>
#include <vector>

#include "cost/codec_rates.h"
#include "tune/codecs.h"
#include "workspace/data_options.h"
#include "workspace/workspace.h"

namespace tandem::workspace {

struct TuningOptions {
  DataOptions data;
  tune::CodecSearch search;  // no tensors: all that can cross a link
  bool again = false;        // forget the stored rates of this model and data
};

// Finds and keeps the rates that the store lacks and, where the workspace has a fleet, the times on its targets. Throws
// base::Error.
void tune_codecs(Workspace& workspace, const TuningOptions& options);

struct CodecFindings {
  std::vector<cost::CodecRate> rates;  // for the data, in the order of the tensors' first cuts
  std::vector<cost::CodecTime> times;  // on every target
};
CodecFindings codec_findings(Workspace& workspace, const DataOptions& data);

}  // namespace tandem::workspace
