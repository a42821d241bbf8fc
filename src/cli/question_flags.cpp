#include <fmt/format.h>
#include "cli/flags.h"
#include "plan/solve/solve.h"

namespace tandem::cli {
namespace {

constexpr const char* kGrammar = R"(
Constraints (--where):
  on LAYERS NAMES, not-on LAYERS NAMES   these layers run on one of these targets, on none of them
  use NAMES, avoid NAMES                 at least one of these targets runs layers; none takes part
  use at most 2 of NAMES                 no more of them than that run layers
  together LAYERS                        they run on the same target
  private [LAYERS] [on NAMES]            only the first target (or NAMES) reads the input (or all before LAYERS)
  METRIC[(NAMES)] <= VALUE UNIT          latency, period, compute, exchange, upload, energy, money, memory, error
  accuracy >= VALUE%, throughput >= VALUE/s
LAYERS: a layer's number, a range 3-7 or a block's name, with commas. NAMES: targets or tiers with commas; of
exchange and upload, links FROM->TO. Units: ms, s, min; B, KB, MB, GB (powers of 1000), KiB, MiB, GiB; J, mJ;
compute and exchange also % of the latency. Money: of a request, in the unit of the prices.

Objectives: latency, accuracy, throughput, upload, energy, money, or a sum such as "latency + 0.001*upload + 20*error".
)";

}  // namespace

void add_constraint_flags(Command command, workspace::Question& question) {
  command
      .add_option("--where", question.where,
                  "A constraint, such as \"upload <= 50KB\" or \"avoid cloud\"; may be repeated")
      .repeatable();
  command
      .add_option("--max-accuracy-loss", question.max_accuracy_loss,
                  "Largest accuracy loss by codecs and early exits together, in percentage points, against the most "
                  "accurate exit policy with raw tensors (default: none by codecs, as measured, if neither objective "
                  "nor constraints count accuracy)")
      .range(0.0, 100.0);
  command.add_option("--codecs", question.codecs, "Codecs to use for tensors: names such as klevel,png; all; or none")
      .show_default();
}

void add_question_flags(Command command, workspace::Question& question) {
  command.add_option(
      "--objective", question.objective,
      "What to optimise, see below (default: latency, accuracy for a model with exit statistics, or that of the "
      "problem file)");
  add_constraint_flags(command, question);
  add_time_flag(command, "--deadline", question.deadline_ms, "The same as --where \"latency <= …\": 60ms, 1.5s");
  command.add_option("--min-accuracy", question.min_accuracy, "The same as --where \"accuracy >= …\": 92 or 92%");
  command.add_option("--use", question.use, "The same as --where \"use NAMES\"").repeatable();
  command.add_option("--avoid", question.avoid, "The same as --where \"avoid NAMES\"").repeatable();
  command
      .add_option("--quantile", question.quantile,
                  "Latency is this quantile over the requests' exits, not their mean: 0.95")
      .range(1e-6, 1.0);
  command.add_flag("--no-relays", question.forbids_relays, "Every target on the route runs at least one layer");
  command.add_flag("--bypass", question.allows_bypass,
                   "Tensors may go straight to a later target than the next one, past those between");
  command.add_flag("--parallel", question.allows_parallel,
                   "A target may run branches of the model on others while it runs its own (one exit at most)");
  command.add_option("--solver", question.solver,
                     fmt::format("Solver to use: {} (default: the one of least expected effort)",
                                 fmt::join(plan::solver_names(), ", ")));
  add_time_flag(
      command, "--time-limit", [&question](double ms) { question.time_limit_s = ms / 1000; },
      "After this time a search stops and reports the best plan so far and its gap (default: 10s)");
  command.set_footer(kGrammar);
}

}  // namespace tandem::cli
