#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

#include "base/printable.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/obstacles.h"
#include "cli/output.h"
#include "workspace/cut_check.h"
#include "workspace/inputs.h"

namespace tandem::cli {
namespace {

struct Flags {
  workspace::ModelOptions model;
  workspace::InputOptions input;
  workspace::CutCheckOptions check;
  unsigned seed = 1;
  bool json = false;
};

// Whether the largest difference is that of one cut alone.
bool is_single(const workspace::CutCheck& check) {
  return check.checked > 0 && check.worst.first == check.worst.second;
}

base::Json json_of(const model::Model& model, const workspace::CutCheck& check, double tolerance) {
  return {{"model", model.name()},
          {"cuts_checked", check.checked},
          {"one_tensor_cuts_checked", check.of_one_tensor},
          {"cuts", model.cuts().size()},
          {"max_relative_difference", number_of(check.largest_difference)},
          {"own_relative_difference", number_of(check.noise.largest())},
          {"is_random", check.noise.is_random()},
          {"splits", check.splits},
          {"worst_position", is_single(check) ? base::Json(check.worst.first) : base::Json()},
          {"tolerance", tolerance},
          {"is_equal", check.is_equal},
          {"uncompared", check.uncompared},
          {"obstacles", json_of_obstacles(model.graph())}};
}

std::string way_of(const workspace::CutCheck& check) {
  if (check.splits == 1) return "in one run of the parts between them";
  return fmt::format("in {} splits, alone or in groups, since the parts between all of them differ or are refused",
                     check.splits);
}

std::string place_of(const workspace::CutCheck& check) {
  if (is_single(check)) return fmt::format(" at the cut before layer {}", check.worst.first);
  if (check.splits == 1) return "";
  return fmt::format(" with the cuts before layers {} to {}", check.worst.first, check.worst.second);
}

std::string finding_of(const model::Model& model, const workspace::CutCheck& check, double tolerance) {
  if (check.noise.is_random()) {
    return fmt::format(
        "{}: the model is random, so nothing can be proven: {}two runs of the whole on the same input differ by "
        "{:.1e}\n",
        model.name(), check.noise.draws_numbers ? "an operator draws numbers; " : "", check.noise.between_runs);
  }
  if (check.checked == 0) return fmt::format("{}: no cut to check\n", model.name());
  if (check.compared == 0) return fmt::format("{}: NOT proven, no output could be compared\n", model.name());
  return fmt::format(
      "{}: {} of {} cuts checked ({} of one tensor) {}; largest relative difference {:.1e}{}, of the whole from itself "
      "unoptimised {:.1e}: {}\n",
      model.name(), check.checked, model.cuts().size(), check.of_one_tensor, way_of(check), check.largest_difference,
      place_of(check), check.noise.largest(),
      check.is_equal ? "equal" : fmt::format("NOT equal within {:g} or the model's own difference", tolerance));
}

std::string text_of(const model::Model& model, const workspace::CutCheck& check, double tolerance) {
  std::string text = finding_of(model, check, tolerance);
  for (const auto& output : check.uncompared)
    text += fmt::format("not compared: output '{}' is no tensor of numbers\n", base::printable(output));
  return text + text_of_obstacles(model.graph());
}

void verify(Flags& flags) {
  check_inputs(flags.input);
  flags.model.inputs = flags.input.files;
  const auto engine = workspace::make_engine(flags.model);
  const model::Model model = workspace::load_model(flags.model, *engine);
  const auto inputs = workspace::choose_inputs(flags.input, model, flags.seed);
  const auto check = workspace::run_on(
      inputs, model, [&] { return workspace::check_cuts(model, *engine, inputs.tensors, flags.check); });
  const double tolerance = flags.check.tolerance;
  flags.json ? print_json(json_of(model, check, tolerance)) : print_text(text_of(model, check, tolerance));
  if (!check.is_equal) exit_with(kFailedCheck);
}

}  // namespace

void add_verify(Command application) {
  const auto flags = std::make_shared<Flags>();
  Command command =
      application.add_subcommand("verify", "Run the model split at its cuts, and compare with the whole model");
  add_model_flags(command, flags->model);
  add_input_flags(command, flags->input, "made-up values");
  add_sample_flag(command, flags->input);
  command.add_option("--several", flags->check.several,
                     "Of the cuts of several tensors, check only this many, spread evenly (default: all)");
  command.add_option("--seed", flags->seed, "Seed of the made-up inputs").show_default();
  command
      .add_option("--tolerance", flags->check.tolerance,
                  "Largest relative difference allowed; a larger one gives exit code 1, unless the whole model run "
                  "without optimisation differs from itself as much. Integers must be equal, and the largest value of "
                  "a vector at the same place")
      .show_default();
  add_json_flag(command, flags->json);
  command.callback([flags] { verify(*flags); });
}

}  // namespace tandem::cli
