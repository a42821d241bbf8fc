#include "workspace/question.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "plan/ask/trade.h"
#include "plan/problem/accuracy.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/figures.h"
#include "plan/problem/objective_text.h"

namespace tandem::workspace {
namespace {

std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

// The first word of "klevel k=3".
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

std::vector<std::string> Question::constraints() const {
  std::vector<std::string> texts = where;
  if (deadline_ms) texts.push_back(fmt::format("latency <= {}ms", *deadline_ms));
  if (!min_accuracy.empty())
    texts.push_back(fmt::format("accuracy >= {}{}", min_accuracy, min_accuracy.ends_with('%') ? "" : "%"));
  for (const auto& names : use) texts.push_back("use " + names);
  for (const auto& names : avoid) texts.push_back("avoid " + names);
  return texts;
}

void Question::apply_to(plan::Problem& problem) const {
  if (!objective.empty()) problem.objective = plan::parse_objective(problem, objective);
  if (quantile > 0) problem.latency_quantile = quantile;
  if (forbids_relays) problem.allows_relays = false;
  if (allows_parallel) problem.allows_parallel = true;
  if (allows_bypass) problem.allows_bypass = true;
  for (const auto& text : constraints()) {
    problem.constraints.push_back(plan::parse_constraint(problem, text));
    plan::require_accuracy(problem, problem.constraints.back());
  }
  plan::require_figures(problem);
  choose_codecs(problem);
  if (max_accuracy_loss) problem = plan::with_accuracy_loss(std::move(problem), *max_accuracy_loss);
}

void Question::choose_codecs(plan::Problem& problem) const {
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

plan::SolveOptions Question::options(std::size_t count) const {
  const auto deadline = base::Deadline::after(base::Milliseconds(1000 * time_limit_s));
  return {count, solver, [deadline] { return deadline.has_passed(); }};
}

}  // namespace tandem::workspace
