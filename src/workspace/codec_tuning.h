// Rates, losses and times of codecs on a model's tensors: the work of `tandem codec`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
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

// Finds and keeps the rates that the store lacks and, where the workspace has a fleet, the times on its targets. Goes
// on where a target is lost, and returns the first such failure. Throws base::Error.
std::optional<base::Error> tune_codecs(Workspace& workspace, const TuningOptions& options);

struct CodecFindings {
  std::vector<cost::CodecRate> rates;  // for the data, in the order of the tensors' first cuts
  std::vector<cost::CodecTime> times;  // on every target
};
CodecFindings codec_findings(Workspace& workspace, const DataOptions& data);

}  // namespace tandem::workspace
