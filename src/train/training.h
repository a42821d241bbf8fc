// A whole training, as `tandem train` and `tandem exits add` run it: reads model and data, adds exits on request,
// trains, writes checkpoints and the log, reports progress on stderr, evaluates, and writes the same graph with new
// weights. Private to train/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "train/checkpoint.h"
#include "train/growth.h"
#include "train/settings.h"

namespace tandem::train {

struct ExitAccuracy {
  std::string name;
  double calibration = 0;  // percent, of the whole calibration part
  double test = 0;         // percent, of the whole test part; computed once, at the end
};

struct Summary {
  std::string output;
  std::size_t train_samples = 0;
  std::size_t calibration_samples = 0;
  std::size_t test_samples = 0;
  std::vector<ExitAccuracy> exits;
  std::vector<EpochRecord> curve;
  std::optional<Additions> additions;  // when exits were requested
};

// Throws base::Error from its steps, and Error(NotFound) before any work when a folder for an output does not exist.
Summary run_training(const Settings& settings);

std::string to_text(const Summary& summary);  // a table
base::Json to_json(const Summary& summary);

}  // namespace tandem::train
