#include "plan/problem/objective_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "plan/problem/name_lists.h"
#include "plan/problem/text_reader.h"

namespace tandem::plan {
namespace {

struct Weight {
  std::string_view metric;
  double Objective::*value;
};

constexpr std::array kWeights = {
    Weight{"latency", &Objective::latency_weight}, Weight{"upload", &Objective::upload_weight},
    Weight{"energy", &Objective::energy_weight},   Weight{"money", &Objective::money_weight},
    Weight{"error", &Objective::error_weight},
};

struct ObjectiveForm {
  std::string_view name;
  ObjectiveKind kind;
};

constexpr std::array kObjectives = {
    ObjectiveForm{"latency", ObjectiveKind::Latency},       ObjectiveForm{"accuracy", ObjectiveKind::Accuracy},
    ObjectiveForm{"throughput", ObjectiveKind::Throughput}, ObjectiveForm{"upload", ObjectiveKind::Upload},
    ObjectiveForm{"energy", ObjectiveKind::Energy},         ObjectiveForm{"money", ObjectiveKind::Money},
};

struct Term {
  std::optional<double> weight;
  std::string metric;
  std::vector<std::size_t> links;
};

Term read_term(const Problem& problem, TextReader& reader) {
  Term term;
  if (reader.starts_with_number()) {
    term.weight = reader.number();
    reader.expect("*");
  }
  term.metric = reader.keyword();
  if (term.metric.empty()) reader.fail_expecting("a weight or a metric");
  if (term.metric == "upload" && reader.take("(")) {
    term.links = read_links(problem, reader);
    reader.expect(")");
  }
  return term;
}

Objective single_objective(const TextReader& reader, const Term& term) {
  const auto form = std::ranges::find(kObjectives, term.metric, &ObjectiveForm::name);
  if (form == kObjectives.end()) {
    reader.fail(
        fmt::format("expected latency, accuracy, throughput, upload, energy, money or a sum with weights, found '{}'",
                    term.metric));
  }
  Objective objective;
  objective.kind = form->kind;
  objective.links = term.links;
  return objective;
}

Objective weighted_objective(const TextReader& reader, const std::vector<Term>& terms) {
  Objective objective;
  objective.kind = ObjectiveKind::Weighted;
  std::vector<std::string> seen;
  for (const auto& term : terms) {
    const auto weight = std::ranges::find(kWeights, term.metric, &Weight::metric);
    if (weight == kWeights.end()) {
      reader.fail(fmt::format("expected latency, upload, energy, money or error in a sum, found '{}'", term.metric));
    }
    if (std::ranges::find(seen, term.metric) != seen.end()) reader.fail(fmt::format("{} appears twice", term.metric));
    seen.push_back(term.metric);
    objective.*weight->value = term.weight.value_or(1);
    if (!term.links.empty()) objective.links = term.links;
  }
  return objective;
}

}  // namespace

Objective parse_objective(const Problem& problem, std::string_view text) {
  text = without_outer_blanks(text);
  TextReader reader("objective", text);
  std::vector<Term> terms;
  do {
    terms.push_back(read_term(problem, reader));
  } while (reader.take("+"));
  reader.expect_end("'+'");
  const bool is_single = terms.size() == 1 && !terms[0].weight;
  return is_single ? single_objective(reader, terms[0]) : weighted_objective(reader, terms);
}

std::string text_of(const Problem& problem, const Objective& objective) {
  const std::string links = in_brackets(link_list(problem, objective.links));
  if (objective.kind != ObjectiveKind::Weighted) {
    const auto form = std::ranges::find(kObjectives, objective.kind, &ObjectiveForm::kind);
    return fmt::format("{}{}", form->name, objective.kind == ObjectiveKind::Upload ? links : "");
  }
  std::vector<std::string> terms;
  for (const auto& weight : kWeights) {
    const bool is_of_links = weight.metric == "upload" && !links.empty();
    if (objective.*weight.value == 0 && !is_of_links) continue;
    terms.push_back(fmt::format("{}*{}{}", objective.*weight.value, weight.metric, is_of_links ? links : ""));
  }
  return terms.empty() ? "0*latency" : fmt::format("{}", fmt::join(terms, " + "));
}

}  // namespace tandem::plan
