#include <nlohmann/json.hpp>

#include <memory>
#include <vector>

#include "cli/commands.h"
#include "cli/training_flags.h"
#include "workspace/trainer.h"

namespace tandem::cli {
namespace {

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

void add_lessons(TrainingFlags flags) {
  flags.add_choice("--mode", "mode", {"joint", "heads", "agreement"},
                   "What learns from what, see below (default: joint)");
  flags.add<int>("--epochs", "epochs", "Times that every sample is seen (default: 20)");
  flags.add_steps();
  flags
      .add<std::vector<double>>("--exit-weights", "exit_weights",
                                "Weight of each exit's loss, such as 1,0.8,0.5 (default: evenly from 1 down to 0.5)")
      .separated_by_commas()
      .repeatable();
  flags.add_distillation();
  flags.add_switch("--no-flip", "flip", false,
                   "Do not mirror pictures at random: digits and letters have a left and a right");
  flags.add<int>("--crop", "crop",
                 "Move pictures by up to so many pixels at random (default: 2; joint only, as mirroring)");
  flags.add_seed();
}

}  // namespace

void add_train(Command application) {
  const auto json = std::make_shared<base::Json>(workspace::new_training());
  Command command = application.add_subcommand("train", "Train a model and its exits on labelled samples");
  command.set_footer(kFooter);
  TrainingFlags flags(command, *json);
  flags.add_data("ONNX file, with or without exits");
  add_lessons(flags);
  flags.add_course();
  command.callback([json] { workspace::start_trainer(*json); });
}

}  // namespace tandem::cli
