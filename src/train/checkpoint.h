// A checkpoint: the state from which a stopped training resumes, written at the end of every epoch. Private to train/.
// Not synchronised.
//
// The file: "tandem.checkpoint 1\n", the SHA-256 (hexadecimal) of everything after it, "\n", a JSON object in one line:
// {"decided_by", "curve", "weights": [{"name", "element", "shape"}], "optimizer": likewise}, "\n", and the bytes of
// weights and optimizer in that order, without gaps.
#pragma once

#include <filesystem>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/tensor.h"

namespace tandem::train {

struct EpochRecord {
  int epoch = 0;       // from 1
  double seconds = 0;  // of training, without evaluation
  double images_per_second = 0;
  double learning_rate = 0;                  // of the epoch's last step
  double train_loss = 0;                     // mean over the epoch's samples
  std::vector<double> calibration_accuracy;  // percent, by exit
};
base::Json to_json(const EpochRecord& record);

struct Checkpoint {
  base::Json decided_by;                     // model, data and the settings that decide the weights (settings.h)
  std::vector<EpochRecord> curve;            // an entry for each finished epoch
  std::vector<base::NamedTensor> weights;    // named as the initializers
  std::vector<base::NamedTensor> optimizer;  // its state (optimizer.h)
};

// Atomic: the old file or the new one.
void write_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path);

// Throws Error(NotFound) when there is no file; Error(InvalidInput) when it is damaged or not a checkpoint, or when its
// `decided_by` is another, naming the first difference.
Checkpoint read_checkpoint(const std::filesystem::path& path, const base::Json& decided_by);

}  // namespace tandem::train
