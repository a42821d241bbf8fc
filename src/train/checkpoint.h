// What a training that was stopped goes on from: written after every epoch, at an epoch's boundary. Not synchronised.
//
// The file: "tandem.checkpoint 1\n", the SHA-256 (hexadecimal) of all that follows, "\n", a JSON object in one line:
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
  double seconds = 0;  // of training, without the evaluation after it
  double images_per_second = 0;
  double learning_rate = 0;                  // of its last step
  double train_loss = 0;                     // mean over its samples
  std::vector<double> calibration_accuracy;  // by exit, percent
};
base::Json to_json(const EpochRecord& record);

struct Checkpoint {
  base::Json decided_by;                     // the settings that decide (settings.h), the model and the data
  std::vector<EpochRecord> curve;            // an entry for each epoch that is done
  std::vector<base::NamedTensor> weights;    // by the names of initializers
  std::vector<base::NamedTensor> optimizer;  // its state, by names of its own
};

// Atomic: the old file or the new one.
void write_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path);

// Throws Error(NotFound) where there is none; Error(InvalidInput) on a damaged one, on a file that is none, and, naming
// the first difference, on one that others than `decided_by` decided.
Checkpoint read_checkpoint(const std::filesystem::path& path, const base::Json& decided_by);

}  // namespace tandem::train
