// The settings of a training: "tandem.training", version 1 (docs/formats.md), the JSON object that `tandem train` hands
// to the trainer. Private to train/. Plain data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "input/pixel_format.h"
#include "model/model.h"

namespace tandem::train {

enum class Mode {
  Joint,      // trunk and heads are trained together (BranchyNet, section III-B)
  Heads,      // the trunk is frozen; the engine computes its features once
  Agreement,  // like Heads, but the last exit's answers replace the labels
};
enum class Optimizer { Adam, Sgd };
enum class Precision { Float32, BFloat16 };  // of convolutions and matrix products; weights and sums stay float32

// Exits to add to a network that has none, before training (growth.h).
struct AddExits {
  std::size_t count = 4;   // at most
  double loss_points = 1;  // percentage points of accuracy that a request may lose on average, as estimated by probes
};

struct Settings {
  std::filesystem::path model;
  model::ShapeByInput shapes;  // of inputs with open dimensions
  std::filesystem::path output;
  std::string data;                          // as data::read takes it
  std::optional<input::PixelFormat> pixels;  // none: as the model's metadata says, else the default
  std::size_t limit = 0;                     // samples of each part; 0: all
  double calibration_share = 0.1;            // of the training samples, held out; the choice does not depend on `seed`

  std::optional<AddExits> add_exits;  // not in mode Joint
  Mode mode = Mode::Joint;            // default in JSON: Heads when exits are added
  int epochs = 20;
  int batch = 128;
  Optimizer optimizer = Optimizer::Sgd;
  double learning_rate = 0;             // maximum, reached after the warm-up; 0: 0.02 (SGD), 0.001 (Adam)
  double momentum = 0.9;                // SGD, Nesterov
  double clip_norm = 5;                 // limit of the joint norm of all gradients; 0: none
  double weight_decay = 5e-4;           // applied to weights, not to biases and scales
  double warmup_epochs = 1;             // see schedule.h; default in JSON: 1, but at most a tenth of the epochs
  std::vector<double> exit_weights;     // of the losses, by exit; empty: from 1 (first) down to 0.5 (last), evenly
  double distillation = 0;              // share of the last exit's answers in the losses of earlier exits, [0, 1]
  double distillation_temperature = 3;  // Hinton et al. 2015, section 2
  bool flip = true;                     // mirror at random, left to right; pictures only, mode Joint only
  int crop = 2;                         // largest random shift in pixels, filled with zeros
  std::uint64_t seed = 1;               // of the order of samples, augmentation and dropout
  Precision precision = Precision::Float32;
  int threads = 0;  // 0: one per usable processor

  std::filesystem::path checkpoint;  // written after every epoch, removed at the end; empty: output + ".checkpoint"
  bool resume = false;               // continue from the checkpoint
  std::filesystem::path log;         // one JSON object a line, one line an epoch; empty: none
  bool json = false;                 // the summary on stdout as JSON

  bool trains_heads_only() const { return mode != Mode::Joint; }
};

// Throws Error(InvalidInput), one line with the place, on anything that docs/formats.md does not allow.
Settings read_settings(std::string_view json, const std::string& source);

// All settings that decide the weights, under the keys of docs/formats.md: without paths, threads and reports. A
// training resumes only from a checkpoint with the same ones.
base::Json what_decides(const Settings& settings);

}  // namespace tandem::train
