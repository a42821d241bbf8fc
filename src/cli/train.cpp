#include <nlohmann/json.hpp>

#include <memory>
#include <vector>

#include "cli/commands.h"
#include "cli/training_flags.h"
#include "workspace/trainer.h"

namespace tandem::cli {
namespace {

constexpr const char* kFooter = R"(
The result is the same ONNX graph with new weights. Its metadata says how pictures become its input (--pixels), and names the
classes where the data does: later commands need no flags for them.

Data (--data): fashion-mnist (Debian's package dataset-fashion-mnist), or a folder with IDX files (as MNIST's), CIFAR's binary
files, x_train.npy, y_train.npy, x_test.npy and y_test.npy, or pictures: train/CLASS/*.jpg and test/CLASS/*.jpg. A share of
the training samples is held out as the calibration part. The test part is used once, for the accuracy at the end.

Modes (--mode):
  joint       trains trunk and heads together, on the weighted sum of all exits' losses: for an untrained network
  heads       trains the heads only; the trunk stays bit for bit, its features are kept in memory (at most 8 GB; --limit)
  agreement   like heads, without labels: heads learn the answers of the last exit

To continue a stopped training, add --resume to the same flags: it ends with the same weights as an undisturbed one.
On CPUs with bfloat16 instructions, --precision bfloat16 is faster.

Training is done by the program tandem-train, beside tandem or in PATH: cmake --build --preset release --target tandem-train.)";

void add_lessons(TrainingFlags flags) {
  flags.add_choice("--mode", "mode", {"joint", "heads", "agreement"},
                   "Trained parts and their labels, see below (default: joint)");
  flags.add<int>("--epochs", "epochs", "Passes over the training samples (default: 20)");
  flags.add_steps();
  flags
      .add<std::vector<double>>("--exit-weights", "exit_weights",
                                "Weight of each exit's loss, from the first to leave the trunk to the network's own "
                                "answer, such as 1,0.8,0.5 "
                                "(default: from 1 down to 0.5 in equal steps)")
      .separated_by_commas()
      .repeatable();
  flags.add_distillation();
  flags.add_switch("--no-flip", "flip", false, "Do not mirror pictures at random: for digits and letters");
  flags.add<int>("--crop", "crop",
                 "Largest random shift of pictures in pixels (default: 2; shifts and mirroring: mode joint only)");
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
