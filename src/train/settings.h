// What `tandem train` asks of the trainer: "tandem.training", version 1 (docs/formats.md), one JSON object that the
// command line hands over. Plain data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "data/pixel_format.h"

namespace tandem::train {

enum class Mode {
  Joint,      // trunk and heads together (BranchyNet, section III-B)
  Heads,      // the trunk is frozen: its features are computed once, by the engine
  Agreement,  // like Heads, without labels: heads learn to say what the last exit says
};
enum class Optimizer { Adam, Sgd };
enum class Precision { Float32, BFloat16 };  // of convolutions and matrix products; weights and sums stay float32

// Exits for a network that has none, before anything is trained (growth.h).
struct AddExits {
  std::size_t count = 4;   // at most
  double loss_points = 1;  // percentage points that a request may lose on average, by what probes say
};

struct Settings {
  std::filesystem::path model;
  std::filesystem::path output;
  std::string data;  // as data::read takes it
  data::PixelFormat pixels = data::PixelFormat::Symmetric;
  std::size_t limit = 0;           // samples of each part; 0: all
  double calibration_share = 0.1;  // of the samples to train on, held out; which ones does not depend on `seed`

  std::optional<AddExits> add_exits;  // not in mode Joint
  Mode mode = Mode::Joint;            // where the JSON does not say: Heads, if exits are added
  int epochs = 20;
  int batch = 128;
  Optimizer optimizer = Optimizer::Sgd;
  double learning_rate = 0;             // the highest, reached after the warm-up; 0: 0.02 (SGD), 0.001 (Adam)
  double momentum = 0.9;                // SGD, Nesterov
  double clip_norm = 5;                 // longer gradients are shortened to this, all together; 0: never
  double weight_decay = 5e-4;           // of weights, not of biases and scales
  double warmup_epochs = 1;             // see schedule.h; where the JSON does not say: at most a tenth of the epochs
  std::vector<double> exit_weights;     // of the losses, by exit; empty: from 1 (first) down to 0.5 (last), evenly
  double distillation = 0;              // share of what the last exit teaches the earlier ones, [0, 1]
  double distillation_temperature = 3;  // Hinton et al. 2015, section 2
  bool flip = true;                     // left and right, at random; pictures only, and in mode Joint
  int crop = 2;                         // pixels that a picture is shifted by at most, at random; zeros move in
  std::uint64_t seed = 1;               // of the order of samples, augmentation and dropout
  Precision precision = Precision::Float32;
  int threads = 0;  // 0: one per core

  std::filesystem::path checkpoint;  // written after every epoch, removed at the end; empty: output + ".checkpoint"
  bool resume = false;               // go on from the checkpoint
  std::filesystem::path log;         // one JSON object a line, one line an epoch; empty: none
  bool json = false;                 // the summary on stdout as JSON

  bool trains_heads_only() const { return mode != Mode::Joint; }
};

// Throws Error(InvalidInput), one line with the place, on anything that docs/formats.md does not allow.
Settings read_settings(std::string_view json, const std::string& source);

// All that decides what is learnt, under the keys of docs/formats.md: without paths, threads and reports. A checkpoint
// is gone on from only where they are the same.
base::Json what_decides(const Settings& settings);

}  // namespace tandem::train
