#include "cli/training_flags.h"

#include <cstdint>

#include <nlohmann/json.hpp>

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
  add<std::string>("--data", "data", "What to train on, see below").required();
  add<std::string>("-o,--output", "output", "ONNX file to write").required();
  add_choice("--pixels", "pixels", {"symmetric", "unit", "none", "imagenet"},
             "Bytes of pictures become -1…1 (symmetric, the default), 0…1, 0…255, or as ImageNet's networks want them");
  add<std::int64_t>("--limit", "limit", "At most so many samples of each part, at random (default: all)");
  add<double>("--calibration-share", "calibration_share", "Of what there is to train on, held out (default: 0.1)");
}

void TrainingFlags::add_steps() {
  add<int>("--batch", "batch", "Samples of a step (default: 128)");
  add_choice("--optimizer", "optimizer", {"sgd", "adam"}, "SGD with Nesterov's momentum (default), or Adam");
  add<double>("--learning-rate", "learning_rate",
              "The highest; a cosine leads from it to 0 (default: 0.02 for sgd, 0.001 for adam)");
  add<double>("--momentum", "momentum", "Of sgd (default: 0.9)");
  add<double>("--clip-norm", "clip_norm",
              "Shorten gradients that are longer, all of them together (default: 5; 0: never)");
  add<double>("--weight-decay", "weight_decay", "Of weights, not of biases and scales (default: 0.0005)");
  add<double>("--warmup-epochs", "warmup_epochs",
              "Before, a line leads up to it (default: 1, at most a tenth of --epochs)");
}

void TrainingFlags::add_distillation() {
  add<double>("--distillation", "distillation",
              "Share of what the last exit teaches the earlier ones; labels have the rest (default: 0)");
  add<double>("--distillation-temperature", "distillation_temperature", "Softens what it teaches (default: 3)");
}

void TrainingFlags::add_seed() {
  add<std::int64_t>("--seed", "seed", "Of all that is random: the same seed, the same weights (default: 1)");
}

void TrainingFlags::add_course() {
  add_choice("--precision", "precision", {"float32", "bfloat16"},
             "Of convolutions and matrix products (default: float32)");
  add<int>("--threads", "threads", "Threads (default: one per core)");
  add<std::string>("--checkpoint", "checkpoint",
                   "Written after each epoch, gone at the end (default: OUTPUT.checkpoint)");
  add_switch("--resume", "resume", true, "Go on from the checkpoint");
  add<std::string>("--log", "log", "Write the curves: a line of JSON for each epoch");
  add_switch("--json", "json", true, "Print JSON, for scripts");
}

}  // namespace tandem::cli
