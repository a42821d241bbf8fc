#include "cli/exits_add.h"

#include <nlohmann/json.hpp>

#include <memory>

#include "cli/training_flags.h"
#include "workspace/trainer.h"

namespace tandem::cli {
namespace {

constexpr int kEpochs = 10;

constexpr const char* kFooter = R"(
Example:
  tandem exits add resnet.onnx --data photos --count 4 -o resnet-exits.onnx
  tandem exits report resnet-exits.onnx --data photos

The network stays as it is, bit for bit; its answer becomes the last of its exits. Where the others go:
  - only where all further layers depend on one tensor, and where stopping, with a head, saves a tenth of the compute;
  - a head takes at most a tenth of what stopping there saves: two convolutions, or, where that is too much, one linear layer;
  - at each of these places a cheap probe (ridge regression on what the network makes of some samples) says how often an
    exit might be right, and how sure of it; exits are added, one at a time, where by this they save the most compute
    while at most --loss percentage points are lost.
Then the heads are trained, on samples of which the trunk's features are computed once and kept in memory (at most 8 GB;
--limit). Thresholds are not part of the model: `tandem exits report` and `tandem plan` choose them, on held-out samples.

Modes (--mode):
  heads       heads learn the labels (default)
  agreement   no labels: heads learn to say what the network itself says, and probes are right when they say it

Data (--data) and a training that was stopped (--resume): as in `tandem train --help`.)";

void add_lessons(TrainingFlags flags) {
  flags.add_choice("--mode", "mode", {"heads", "agreement"}, "What heads learn from, see below (default: heads)");
  flags.add<int>("--epochs", "epochs", "Times that every sample is seen (default: 10)");
  flags.add_steps();
  flags.add_distillation();
  flags.add_seed();
}

}  // namespace

void add_exits_add(Command exits) {
  // Apart until both are complete: members of a JSON object move as others are added.
  const auto json = std::make_shared<base::Json>(workspace::new_training());
  const auto added = std::make_shared<base::Json>(base::Json::object());
  (*json)["epochs"] = kEpochs;
  Command command = exits.add_subcommand("add", "Give a network that has no exits some, where they pay");
  command.set_footer(kFooter);
  TrainingFlags flags(command, *json);
  flags.add_data("ONNX file of a network that has learnt and has one answer");
  TrainingFlags added_flags(command, *added);
  added_flags.add<int>("--count", "count", "Exits to add, at most (default: 4)");
  added_flags.add<double>(
      "--loss", "loss_points",
      "Percentage points that may be lost against the network's own answers, by the probes (default: 1)");
  add_lessons(flags);
  flags.add_course();
  command.callback([json, added] {
    (*json)["add_exits"] = *added;
    workspace::start_trainer(*json);
  });
}

}  // namespace tandem::cli
