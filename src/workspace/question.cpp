#include "workspace/question.h"

#include <fmt/format.h>
#include <CLI/App.hpp>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "plan/ask/trade.h"
#include "cli/flags.h"
#include "plan/problem/accuracy.h"
#include "plan/problem/constraint_text.h"

namespace tandem::cli {
namespace {

constexpr const char* kGrammar = R"(
Constraints (--where):
  on LAYERS NAMES, not-on LAYERS NAMES   these layers run on one of these, on none of them
  use NAMES, avoid NAMES                 at least one of them runs something, none takes part
  private [LAYERS] [on NAMES]            the raw input, or all before LAYERS, is only read on the first target, or on these
  METRIC[(NAMES)] <= VALUE[UNIT]         latency, period, compute, exchange, upload, energy, memory or error
  accuracy >= VALUE%, throughput >= VALUE/s
LAYERS: a layer's number, a range 3-7 or a block's name, with commas. NAMES: targets or tiers with commas; of
exchange and upload, links FROM->TO. Units: ms, s, B, KB, MB, GB, J, mJ; compute and exchange also % of the latency.

Objectives: latency, accuracy, throughput, upload, energy, or a sum such as "latency + 0.001*upload + 20*error".
)";

// Without power figures every plan would need as little as any other.
void check_power(const plan::Problem& problem) {
  const auto& objective = problem.objective;
  const bool counts_energy = objective.kind == plan::ObjectiveKind::Energy || objective.energy_weight > 0;
  const auto has_figures = [](const plan::Target& target) {
    return target.compute_watts > 0 || target.send_watts > 0 || target.receive_watts > 0;
  };
  if (counts_energy && std::ranges::none_of(problem.targets, has_figures)) {
    throw base::Error(
        base::ErrorKind::InvalidInput,
        "objective energy: no target has compute_watts, send_watts or receive_watts, expected them in the "
        "fleet or problem file");
  }
}

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// Of "klevel k=3" the first word.
std::string name_of_codec(const plan::Encoding& encoding) {
  return encoding.codec.substr(0, encoding.codec.find(' '));
}

std::set<std::string> names_of_codecs(const plan::Problem& problem) {
  std::set<std::string> names;
  for (const auto& tensor : problem.tensors) {
    for (const auto& encoding : tensor.encodings) names.insert(name_of_codec(encoding));
  }
  names.erase("raw");
  return names;
}

}  // namespace

void QuestionFlags::add_constraints_to(CLI::App& command) {
  command.add_option("--where", where, "A constraint, such as \"upload <= 50KB\" or \"avoid cloud\"; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command
      .add_option(
          "--max-accuracy-loss", max_accuracy_loss,
          "Percentage points of accuracy that codecs and early exits together may lose against the most accurate "
          "exit policy, nothing encoded (default: where neither objective nor constraint counts accuracy, of "
          "what was measured only codecs that lose none are used)")
      ->check(CLI::Range(0.0, 100.0));
  command
      .add_option("--codecs", codecs,
                  "Encode what crosses links by these codecs only: klevel,png; all that were tuned, or none")
      ->capture_default_str();
}

void QuestionFlags::add_to(CLI::App& command) {
  command.add_option("--objective", objective, "What to make best, see below (default: latency, or what FILE says)");
  add_constraints_to(command);
  command.add_option("--deadline", deadline, "The same as --where \"latency <= …\": 60ms, 1.5s");
  command.add_option("--min-accuracy", min_accuracy, "The same as --where \"accuracy >= …\": 92 or 92%");
  command.add_option("--use", use, "The same as --where \"use NAMES\"")->take_all()->allow_extra_args(false);
  command.add_option("--avoid", avoid, "The same as --where \"avoid NAMES\"")->take_all()->allow_extra_args(false);
  command.add_option("--quantile", quantile, "Latency is this quantile over the requests' exits, not their mean: 0.95")
      ->check(CLI::Range(1e-6, 1.0));
  command.add_flag("--no-relays", forbids_relays, "No target may hand its input on without running anything");
  command.add_option("--solver", solver, fmt::format("Insist on one: {}", fmt::join(plan::solver_names(), ", ")));
  command.add_option("--time-limit", time_limit_s, "Seconds after which a search stops and says how far it got")
      ->check(CLI::Range(0.001, 1e6))
      ->capture_default_str();
  command.footer(kGrammar);
}

std::vector<std::string> QuestionFlags::constraints() const {
  std::vector<std::string> texts = where;
  if (!deadline.empty()) texts.push_back(fmt::format("latency <= {}ms", parse_milliseconds(deadline, "--deadline")));
  if (!min_accuracy.empty())
    texts.push_back(fmt::format("accuracy >= {}{}", min_accuracy, min_accuracy.ends_with('%') ? "" : "%"));
  for (const auto& names : use) texts.push_back("use " + names);
  for (const auto& names : avoid) texts.push_back("avoid " + names);
  return texts;
}

void QuestionFlags::apply_to(plan::Problem& problem) const {
  if (!objective.empty()) problem.objective = plan::parse_objective(problem, objective);
  if (quantile > 0) problem.latency_quantile = quantile;
  if (forbids_relays) problem.allows_relays = false;
  for (const auto& text : constraints()) problem.constraints.push_back(plan::parse_constraint(problem, text));
  check_power(problem);
  choose_codecs(problem);
  if (max_accuracy_loss) problem = plan::with_accuracy_loss(std::move(problem), *max_accuracy_loss);
}

void QuestionFlags::choose_codecs(plan::Problem& problem) const {
  if (codecs == "all") return;
  const auto wanted = codecs == "none" ? std::vector<std::string>{} : parts_of(codecs, ',');
  const auto known = names_of_codecs(problem);
  for (const auto& name : wanted) {
    if (known.contains(name) || name == "raw") continue;
    throw base::Error(base::ErrorKind::NotFound,
                      fmt::format("--codecs {}: no tensor has the codec '{}', expected {}", codecs, name,
                                  known.empty() ? "none: `tandem codec tune` measures codecs"
                                                : fmt::format("all, none, or of {}", fmt::join(known, ", "))));
  }
  plan::keep_encodings(problem, [&](const plan::Encoding& each) {
    return std::ranges::find(wanted, name_of_codec(each)) != wanted.end();
  });
}

plan::SolveOptions QuestionFlags::options(std::size_t count) const {
  const auto deadline = base::Deadline::after(base::Milliseconds(1000 * time_limit_s));
  return {count, solver, [deadline] { return deadline.has_passed(); }};
}

}  // namespace tandem::cli
