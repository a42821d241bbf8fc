#include "engine/verify.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/progress.h"
#include "cli/commands.h"
#include "cli/flags.h"

namespace tandem::cli {
namespace {

constexpr int kFailedCheck = 1;

struct Flags {
  ModelFlags model;
  bool json = false;
  int several = -1;
  unsigned seed = 1;
  double tolerance = 1e-4;
};

// All one-tensor cuts, and of those with several tensors `several` spread evenly (all when negative).
std::vector<model::Cut> choose_cuts(const model::Model& model, int several) {
  std::vector<model::Cut> single;
  std::vector<model::Cut> multiple;
  for (const auto& cut : model.cuts()) (cut.tensors.size() == 1 ? single : multiple).push_back(cut);
  const std::size_t wanted =
      several < 0 ? multiple.size() : std::min(multiple.size(), static_cast<std::size_t>(several));
  for (std::size_t i = 0; i < wanted; ++i) single.push_back(multiple[i * multiple.size() / wanted]);
  std::ranges::sort(single, {}, &model::Cut::position);
  return single;
}

struct Outcome {
  std::size_t checked = 0;
  std::size_t single = 0;
  double largest = 0;
  std::size_t worst_position = 0;
};

Outcome check(const model::Model& model, engine::Engine& engine, const Flags& flags) {
  engine::SplitVerifier verifier(model, engine, flags.seed);
  const auto cuts = choose_cuts(model, flags.several);
  base::ProgressBar progress;
  Outcome outcome;
  for (const auto& cut : cuts) {
    progress.show("checking cuts", static_cast<double>(outcome.checked) / static_cast<double>(cuts.size()));
    const double difference = verifier.difference_at(cut.position);
    if (difference > outcome.largest || outcome.checked == 0) {
      outcome.largest = difference;
      outcome.worst_position = cut.position;
    }
    ++outcome.checked;
    outcome.single += cut.tensors.size() == 1 ? 1 : 0;
  }
  return outcome;
}

void verify(const Flags& flags) {
  const auto engine = flags.model.make_engine();
  const model::Model model = flags.model.load(*engine);
  const Outcome outcome = check(model, *engine, flags);
  const bool is_equal = outcome.largest <= flags.tolerance;
  if (flags.json) {
    print_json({{"model", model.name()},
                {"cuts_checked", outcome.checked},
                {"one_tensor_cuts_checked", outcome.single},
                {"cuts", model.cuts().size()},
                {"max_relative_difference",
                 std::isfinite(outcome.largest) ? base::Json(outcome.largest) : base::Json("infinite")},
                {"worst_position", outcome.worst_position},
                {"tolerance", flags.tolerance},
                {"is_equal", is_equal}});
  } else {
    print_text(fmt::format(
        "{}: {} of {} cuts checked ({} of one tensor); largest relative difference {:.2e} at the cut before layer {}: "
        "{}\n",
        model.name(), outcome.checked, model.cuts().size(), outcome.single, outcome.largest, outcome.worst_position,
        is_equal ? "equal" : fmt::format("NOT equal within {:g}", flags.tolerance)));
  }
  if (!is_equal) throw CLI::RuntimeError(kFailedCheck);
}

}  // namespace

void add_verify(CLI::App& application) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = application.add_subcommand(
      "verify", "Prove that the model cut in two, at each place, computes what the whole computes");
  flags->model.add_to(*command);
  command->add_option("--several", flags->several,
                      "Of the cuts of several tensors, check only this many, spread evenly (default: all)");
  command->add_option("--seed", flags->seed, "Seed of the made-up inputs")->capture_default_str();
  command
      ->add_option("--tolerance", flags->tolerance,
                   "Largest relative difference that passes; beyond it the exit code is 1")
      ->capture_default_str();
  add_json_flag(*command, flags->json);
  command->callback([flags] { verify(*flags); });
}

}  // namespace tandem::cli
