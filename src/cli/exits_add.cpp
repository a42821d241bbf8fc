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

The network stays as it is, bit for bit; its answer becomes the last exit. Early exits are chosen in three steps:
  - places: tensors on which all later layers depend, where stopping saves at least a tenth of the compute, head included;
  - heads: two convolutions, or, where these would cost more than a tenth of that saving, one linear layer;
  - probes: at each place, a linear classifier (ridge regression) estimates accuracy and confidence on some samples. Exits are
    added one at a time, each where it saves the most compute, while the estimated accuracy loss is at most --loss.
Then the heads are trained on the trunk's features, which are kept in memory (at most 8 GB; --limit). Thresholds are not
part of the model: `tandem exits report` and `tandem plan` choose them on held-out samples.

Modes (--mode):
  heads       heads learn the labels (default)
  agreement   no labels: heads, and probes, learn the network's own answers

For --data and --resume, see `tandem train --help`.)";

void add_lessons(TrainingFlags flags) {
  flags.add_choice("--mode", "mode", {"heads", "agreement"}, "Labels of the heads, see below (default: heads)");
  flags.add<int>("--epochs", "epochs", "Passes over the training samples (default: 10)");
  flags.add_steps();
  flags.add_distillation();
  flags.add_seed();
}

}  // namespace

void add_exits_add(Command exits) {
  // Separate until both are complete: adding a member to a JSON object moves the others.
  const auto json = std::make_shared<base::Json>(workspace::new_training());
  const auto added = std::make_shared<base::Json>(base::Json::object());
  (*json)["epochs"] = kEpochs;
  Command command = exits.add_subcommand("add", "Add early exits to a network that has none, where they pay");
  command.set_footer(kFooter);
  TrainingFlags flags(command, *json);
  flags.add_data("ONNX file of a trained network with one answer");
  TrainingFlags added_flags(command, *added);
  added_flags.add<int>("--count", "count", "Most exits to add (default: 4)");
  added_flags.add<double>("--loss", "loss_points",
                          "Largest accuracy loss in percentage points, as estimated by the probes (default: 1)");
  add_lessons(flags);
  flags.add_course();
  command.callback([json, added] {
    (*json)["add_exits"] = *added;
    workspace::start_trainer(*json);
  });
}

}  // namespace tandem::cli
