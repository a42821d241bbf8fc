#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <memory>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/output.h"
#include "workspace/cut_check.h"

namespace tandem::cli {
namespace {

constexpr int kFailedCheck = 1;

struct Flags {
  workspace::ModelOptions model;
  workspace::CutCheckOptions check;
  bool json = false;
  double tolerance = 1e-4;
};

base::Json json_of(const model::Model& model, const workspace::CutCheck& check, double tolerance) {
  const bool is_finite = std::isfinite(check.largest_difference);
  return {{"model", model.name()},
          {"cuts_checked", check.checked},
          {"one_tensor_cuts_checked", check.of_one_tensor},
          {"cuts", model.cuts().size()},
          {"max_relative_difference", is_finite ? base::Json(check.largest_difference) : base::Json("infinite")},
          {"worst_position", check.worst_position},
          {"tolerance", tolerance},
          {"is_equal", check.largest_difference <= tolerance}};
}

std::string text_of(const model::Model& model, const workspace::CutCheck& check, double tolerance) {
  return fmt::format(
      "{}: {} of {} cuts checked ({} of one tensor); largest relative difference {:.1e} at the cut before layer {}: "
      "{}\n",
      model.name(), check.checked, model.cuts().size(), check.of_one_tensor, check.largest_difference,
      check.worst_position,
      check.largest_difference <= tolerance ? "equal" : fmt::format("NOT equal within {:g}", tolerance));
}

void verify(const Flags& flags) {
  const auto engine = workspace::make_engine(flags.model);
  const model::Model model = workspace::load_model(flags.model, *engine);
  const auto check = workspace::check_cuts(model, *engine, flags.check);
  const bool is_equal = check.largest_difference <= flags.tolerance;
  flags.json ? print_json(json_of(model, check, flags.tolerance)) : print_text(text_of(model, check, flags.tolerance));
  if (!is_equal) exit_with(kFailedCheck);
}

}  // namespace

void add_verify(Command application) {
  const auto flags = std::make_shared<Flags>();
  Command command =
      application.add_subcommand("verify", "Run the model cut in two, at each cut, and compare with the whole model");
  add_model_flags(command, flags->model);
  command.add_option("--several", flags->check.several,
                     "Of the cuts of several tensors, check only this many, spread evenly (default: all)");
  command.add_option("--seed", flags->check.seed, "Seed of the made-up inputs").show_default();
  command
      .add_option("--tolerance", flags->tolerance,
                  "Largest relative difference allowed; a larger one gives exit code 1")
      .show_default();
  add_json_flag(command, flags->json);
  command.callback([flags] { verify(*flags); });
}

}  // namespace tandem::cli
