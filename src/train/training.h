// A whole training, as `tandem train` and `tandem exits add` run it: reads model and data, adds exits where asked to,
// trains, keeps checkpoints and the log, says how far it is on stderr, evaluates, and writes the same graph with new
// weights.
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
  double test = 0;         // percent, of the whole test part, looked at once, at the end
};

struct Summary {
  std::string output;
  std::size_t train_samples = 0;
  std::size_t calibration_samples = 0;
  std::size_t test_samples = 0;
  std::vector<ExitAccuracy> exits;
  std::vector<EpochRecord> curve;
  std::optional<Additions> additions;  // where exits were asked for
};

// Throws base::Error: on what the parts throw, and Error(NotFound) on a folder to write to that is not there, before
// any work is done.
Summary run_training(const Settings& settings);

std::string to_text(const Summary& summary);  // a table
base::Json to_json(const Summary& summary);

}  // namespace tandem::train
