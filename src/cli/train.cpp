#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "cli/commands.h"

namespace tandem::cli {
namespace {

constexpr const char* kProgram = "tandem-train";

constexpr const char* kFooter = R"(
What is written is the same ONNX graph with new weights: nothing else about it changes.

Data (--data): fashion-mnist (Debian's package dataset-fashion-mnist), or a folder that holds IDX files (as MNIST's), CIFAR's
binary files, x_train.npy, y_train.npy, x_test.npy and y_test.npy, or pictures: train/CLASS/*.jpg and test/CLASS/*.jpg. A
part of what is there to train on is held out to calibrate on; the test part is looked at once, at the end.

Modes (--mode):
  joint       trunk and heads together, each exit's loss by its weight: for a network that has learnt nothing
  heads       the trunk stays as it is, bit for bit; its features are computed once and kept in memory (at most 8 GB; --limit)
  agreement   like heads, without labels: heads learn to say what the last exit says

A training that was stopped goes on with --resume and otherwise the same flags, and ends as if it had never been stopped.
Fast on CPUs with bfloat16 instructions: --precision bfloat16.)";

// Flags write straight into the JSON that the trainer reads: those that are not given stay at its defaults.
class Flags {
 public:
  Flags(CLI::App& command, base::Json& json) : command_(command), json_(json) {}

  template <class T>
  CLI::Option* add(const std::string& flag, const char* key, const std::string& help) {
    return command_.add_option_function<T>(
        flag, [&json = json_, key](const T& value) { json[key] = value; }, help);
  }
  void add_choice(const std::string& flag, const char* key, const std::vector<std::string>& names,
                  const std::string& help) {
    add<std::string>(flag, key, help)->check(CLI::IsMember(names));
  }
  void add_switch(const std::string& flag, const char* key, const base::Json& value, const std::string& help) {
    command_.add_flag_callback(
        flag, [&json = json_, key, value] { json[key] = value; }, help);
  }

 private:
  CLI::App& command_;
  base::Json& json_;
};

void add_data_flags(Flags flags) {
  flags.add<std::string>("model", "model", "ONNX file, with or without exits")->required();
  flags.add<std::string>("--data", "data", "What to train on, see below")->required();
  flags.add<std::string>("-o,--output", "output", "ONNX file to write")->required();
  flags.add_choice(
      "--pixels", "pixels", {"symmetric", "unit", "none", "imagenet"},
      "Bytes of pictures become -1…1 (symmetric, the default), 0…1, 0…255, or as ImageNet's networks want them");
  flags.add<std::int64_t>("--limit", "limit", "At most so many samples of each part, at random (default: all)");
  flags.add<double>("--calibration-share", "calibration_share",
                    "Of what there is to train on, held out (default: 0.1)");
}

void add_learning_flags(Flags flags) {
  flags.add_choice("--mode", "mode", {"joint", "heads", "agreement"},
                   "What learns from what, see below (default: joint)");
  flags.add<int>("--epochs", "epochs", "Times that every sample is seen (default: 20)");
  flags.add<int>("--batch", "batch", "Samples of a step (default: 128)");
  flags.add_choice("--optimizer", "optimizer", {"sgd", "adam"}, "SGD with Nesterov's momentum (default), or Adam");
  flags.add<double>("--learning-rate", "learning_rate",
                    "The highest; a cosine leads from it to 0 (default: 0.02 for sgd, 0.001 for adam)");
  flags.add<double>("--momentum", "momentum", "Of sgd (default: 0.9)");
  flags.add<double>("--clip-norm", "clip_norm",
                    "Shorten gradients that are longer, all of them together (default: 5; 0: never)");
  flags.add<double>("--weight-decay", "weight_decay", "Of weights, not of biases and scales (default: 0.0005)");
  flags.add<double>("--warmup-epochs", "warmup_epochs",
                    "Before, a line leads up to it (default: 1, at most a tenth of --epochs)");
  flags
      .add<std::vector<double>>("--exit-weights", "exit_weights",
                                "Weight of each exit's loss, such as 1,0.8,0.5 (default: evenly from 1 down to 0.5)")
      ->delimiter(',')
      ->take_all()
      ->allow_extra_args(false);
  flags.add<double>("--distillation", "distillation",
                    "Share of what the last exit teaches the earlier ones; labels have the rest (default: 0)");
  flags.add<double>("--distillation-temperature", "distillation_temperature", "Softens what it teaches (default: 3)");
  flags.add_switch("--no-flip", "flip", false,
                   "Do not mirror pictures at random: digits and letters have a left and a right");
  flags.add<int>("--crop", "crop",
                 "Move pictures by up to so many pixels at random (default: 2; joint only, as mirroring)");
  flags.add<std::int64_t>("--seed", "seed", "Of all that is random: the same seed, the same weights (default: 1)");
}

void add_course_flags(Flags flags) {
  flags.add_choice("--precision", "precision", {"float32", "bfloat16"},
                   "Of convolutions and matrix products (default: float32)");
  flags.add<int>("--threads", "threads", "Threads (default: one per core)");
  flags.add<std::string>("--checkpoint", "checkpoint",
                         "Written after each epoch, gone at the end (default: OUTPUT.checkpoint)");
  flags.add_switch("--resume", "resume", true, "Go on from the checkpoint");
  flags.add<std::string>("--log", "log", "Write the curves: a line of JSON for each epoch");
  flags.add_switch("--json", "json", true, "Print JSON, for scripts");
}

std::string beside_this_program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "" : (self.parent_path() / kProgram).string();
}

// In the place of this process, so that signals and the exit code are its own.
[[noreturn]] void start_trainer(const base::Json& json) {
  std::string argument = json.dump(-1, ' ', false, base::Json::error_handler_t::replace);
  std::string name = kProgram;
  char* const arguments[] = {name.data(), argument.data(), nullptr};
  const std::string beside = beside_this_program();
  ::execv(beside.c_str(), arguments);
  if (errno == ENOENT) ::execvp(kProgram, arguments);
  throw base::Error(base::ErrorKind::NotFound,
                    fmt::format("cannot start {}: {}; expected it at {} or in PATH", kProgram, std::strerror(errno),
                                beside.empty() ? "tandem's side" : beside));
}

}  // namespace

void add_train(CLI::App& application) {
  const auto json = std::make_shared<base::Json>(base::Json{{"format", "tandem.training"}, {"version", 1}});
  CLI::App* command = application.add_subcommand("train", "Train a model and its exits on labelled samples");
  command->footer(kFooter);
  const Flags flags(*command, *json);
  add_data_flags(flags);
  add_learning_flags(flags);
  add_course_flags(flags);
  command->callback([json] { start_trainer(*json); });
}

}  // namespace tandem::cli
