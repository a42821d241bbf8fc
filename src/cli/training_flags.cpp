#include "cli/training_flags.h"

#include <cstdint>

#include <nlohmann/json.hpp>

#include "input/pixel_format.h"

namespace tandem::cli {

template <class T>
Option TrainingFlags::add(const std::string& flag, const char* key, const std::string& help) {
  return command_.add_option_function<T>(
      flag, [&json = json_, key](const T& value) { json[key] = value; }, help);
}
template Option TrainingFlags::add<int>(const std::string&, const char*, const std::string&);
template Option TrainingFlags::add<std::int64_t>(const std::string&, const char*, const std::string&);
template Option TrainingFlags::add<double>(const std::string&, const char*, const std::string&);
template Option TrainingFlags::add<std::string>(const std::string&, const char*, const std::string&);
template Option TrainingFlags::add<std::vector<std::string>>(const std::string&, const char*, const std::string&);
template Option TrainingFlags::add<std::vector<double>>(const std::string&, const char*, const std::string&);

void TrainingFlags::add_choice(const std::string& flag, const char* key, const std::vector<std::string>& names,
                               const std::string& help) {
  add<std::string>(flag, key, help).one_of(names);
}

void TrainingFlags::add_switch(const std::string& flag, const char* key, const base::Json& value,
                               const std::string& help) {
  command_.add_flag_function(
      flag, [&json = json_, key, value] { json[key] = value; }, help);
}

void TrainingFlags::add_data(const std::string& model_help) {
  add<std::string>("model", "model", model_help).required();
  add<std::vector<std::string>>("--shape", "shapes", "Shape of an input with open dimensions: NAME=1x3x224x224")
      .take_all();
  add<std::string>("--data", "data", "Labelled samples, see below").required();
  add<std::string>("-o,--output", "output", "ONNX file to write").required();
  add_choice("--pixels", "pixels", input::pixel_format_names(),
             "Values of pictures: -1 to 1 (symmetric), 0 to 1 (unit), 0 to 255 (none), or as for ImageNet; kept in the "
             "model (default: as the model's metadata says, else symmetric)");
  add<std::int64_t>("--limit", "limit", "Most samples of each part, chosen at random (default: all)");
  add<double>("--calibration-share", "calibration_share", "Share of the training samples to hold out (default: 0.1)");
}

void TrainingFlags::add_steps() {
  add<int>("--batch", "batch", "Samples for each step (default: 128)");
  add_choice("--optimizer", "optimizer", {"sgd", "adam"}, "SGD with Nesterov's momentum (default), or Adam");
  add<double>("--learning-rate", "learning_rate",
              "Highest learning rate, from which a cosine falls to 0 (default: 0.02 for sgd, 0.001 for adam)");
  add<double>("--momentum", "momentum", "Momentum of sgd (default: 0.9)");
  add<double>("--clip-norm", "clip_norm", "Limit of the joint norm of all gradients (default: 5; 0: none)");
  add<double>("--weight-decay", "weight_decay", "Decay of weights, but not of biases and scales (default: 0.0005)");
  add<double>("--warmup-epochs", "warmup_epochs",
              "Epochs in which the rate rises from 0 (default: 1, but at most a tenth of --epochs)");
}

void TrainingFlags::add_distillation() {
  add<double>("--distillation", "distillation",
              "Share of the last exit's answers, rather than labels, in the loss of earlier exits (default: 0)");
  add<double>("--distillation-temperature", "distillation_temperature",
              "Temperature that softens those answers (default: 3)");
}

void TrainingFlags::add_seed() {
  add<std::int64_t>("--seed", "seed", "Seed of all random numbers: the same seed gives the same weights (default: 1)");
}

void TrainingFlags::add_course() {
  add_choice("--precision", "precision", {"float32", "bfloat16"},
             "Precision of convolutions and matrix products (default: float32)");
  add<int>("--threads", "threads", "Threads (default: one per processor that it may use)");
  add<std::string>("--checkpoint", "checkpoint",
                   "File written after each epoch and removed at the end (default: OUTPUT.checkpoint)");
  add_switch("--resume", "resume", true, "Continue from the checkpoint");
  add<std::string>("--log", "log", "File for the training curves: a line of JSON for each epoch");
  add_switch("--json", "json", true, "Print JSON, for scripts");
}

}  // namespace tandem::cli
