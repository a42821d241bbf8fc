#include "plan/problem/constraint_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "base/units.h"
#include "plan/problem/name_lists.h"
#include "plan/problem/text_reader.h"

namespace tandem::plan {
namespace {

enum class Quantity { Time, Bytes, Energy, Money, Percent, Rate };
enum class Scope { Plan, Targets, Links };

struct MetricForm {
  std::string_view name;
  Metric metric;
  Quantity quantity;
  Scope scope;
  bool is_floor = false;  // the greater the better: the metric is its counterpart
};

// A metric's own name comes before those of its floor.
constexpr std::array kMetrics = {
    MetricForm{"latency", Metric::Latency, Quantity::Time, Scope::Plan},
    MetricForm{"period", Metric::Period, Quantity::Time, Scope::Plan},
    MetricForm{"compute", Metric::Compute, Quantity::Time, Scope::Targets},
    MetricForm{"exchange", Metric::Exchange, Quantity::Time, Scope::Links},
    MetricForm{"upload", Metric::Upload, Quantity::Bytes, Scope::Links},
    MetricForm{"energy", Metric::Energy, Quantity::Energy, Scope::Targets},
    MetricForm{"money", Metric::Money, Quantity::Money, Scope::Targets},
    MetricForm{"memory", Metric::Memory, Quantity::Bytes, Scope::Targets},
    MetricForm{"error", Metric::Error, Quantity::Percent, Scope::Plan},
    MetricForm{"accuracy", Metric::Error, Quantity::Percent, Scope::Plan, true},
    MetricForm{"throughput", Metric::Period, Quantity::Rate, Scope::Plan, true},
};

constexpr base::Unit kEnergyUnits[] = {{"J", 1}, {"mJ", 1e-3}};
constexpr base::Unit kMoneyUnits[] = {{"", 1}};
constexpr base::Unit kPercentUnits[] = {{"%", 1}};
constexpr base::Unit kRateUnits[] = {{"/s", 1}};

// The first has the factor 1.
std::span<const base::Unit> units_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::Time:
      return base::kTimeUnits;
    case Quantity::Bytes:
      return base::kSizeUnits;
    case Quantity::Energy:
      return kEnergyUnits;
    case Quantity::Money:
      return kMoneyUnits;
    case Quantity::Percent:
      return kPercentUnits;
    case Quantity::Rate:
      return kRateUnits;
  }
  return {};
}

bool needs_unit(Quantity quantity) {
  return quantity == Quantity::Time || quantity == Quantity::Bytes;
}

void read_placement(const Problem& problem, TextReader& reader, Constraint& constraint) {
  constraint.blocks = read_blocks(problem, reader, reader.name("a layer or a block"));
  constraint.targets = read_targets(problem, reader);
  reader.expect_end("a comma");
}

void read_participation(const Problem& problem, TextReader& reader, Constraint& constraint) {
  constraint.targets = read_targets(problem, reader);
  reader.expect_end("a comma");
}

// "use NAMES" or "use at most NUMBER of NAMES".
void read_use(const Problem& problem, TextReader& reader, Constraint& constraint) {
  TextReader attempt = reader;
  if (attempt.keyword() == "at" && attempt.keyword() == "most") {
    reader = attempt;
    constraint.kind = ConstraintKind::UsesFew;
    constraint.limit = reader.number();
    if (constraint.limit != std::floor(constraint.limit)) reader.fail("expected a whole number of targets");
    reader.expect("of");
  }
  read_participation(problem, reader, constraint);
}

void read_privacy(const Problem& problem, TextReader& reader, Constraint& constraint) {
  constraint.targets = {0};
  if (reader.is_at_end()) return;
  WrittenName word = reader.name("a layer or a block");
  const auto is_on = [](const WrittenName& name) { return name.text == "on" && !name.is_quoted; };
  if (!is_on(word)) {
    constraint.blocks = read_blocks(problem, reader, word);
    if (reader.is_at_end()) return;
    word = reader.name("'on'");
    if (!is_on(word)) reader.fail(fmt::format("expected 'on' or the end, found '{}'", abbreviated(word.text)));
  }
  constraint.targets = read_targets(problem, reader);
  reader.expect_end("a comma");
}

void read_company(const Problem& problem, TextReader& reader, Constraint& constraint) {
  constraint.blocks = read_blocks(problem, reader, reader.name("a layer or a block"));
  reader.expect_end("a comma");
}

bool may_be_share(const MetricForm& form) {
  return form.metric == Metric::Compute || form.metric == Metric::Exchange;
}

std::string unit_names(const MetricForm& form) {
  return base::names_of(units_of(form.quantity)) + (may_be_share(form) ? ", %" : "");
}

// The rest of the text: a number and its unit.
void read_limit(TextReader& reader, const MetricForm& form, Constraint& constraint) {
  constraint.limit = reader.number();
  if (reader.is_at_end() && !needs_unit(form.quantity)) return;
  if (form.quantity == Quantity::Money) reader.fail_expecting("the end: money has no unit");
  TextReader attempt = reader;
  const std::string_view unit = attempt.take_rest();
  constraint.is_share = may_be_share(form) && unit == "%";
  if (constraint.is_share) return;
  const auto factor = base::factor_of(unit, units_of(form.quantity));
  if (!factor) reader.fail_expecting(fmt::format("a unit ({})", unit_names(form)));
  constraint.limit *= *factor;
}

void check_limit(const TextReader& reader, const MetricForm& form, const Constraint& constraint) {
  const bool is_percentage = constraint.is_share || form.quantity == Quantity::Percent;
  if (is_percentage && constraint.limit > 100) {
    reader.fail(fmt::format("expected a percentage from 0 to 100, found {}", constraint.limit));
  }
  if (form.quantity == Quantity::Rate && constraint.limit <= 0) {
    reader.fail(fmt::format("expected a throughput above 0/s, found {}", constraint.limit));
  }
}

// Turns the number that the user wrote into a limit on the metric.
void convert_limit(const MetricForm& form, Constraint& constraint) {
  if (constraint.is_share) constraint.limit /= 100;
  if (!form.is_floor) return;
  constraint.limit = form.quantity == Quantity::Rate ? 1000 / constraint.limit : 100 - constraint.limit;
}

void expect_comparison(TextReader& reader, bool is_floor) {
  if (!reader.take(is_floor ? "≥" : "≤")) reader.expect(is_floor ? ">=" : "<=");
}

void read_cap(const Problem& problem, TextReader& reader, const MetricForm& form, Constraint& constraint) {
  constraint.metric = form.metric;
  if (form.scope != Scope::Plan && reader.take("(")) {
    if (form.scope == Scope::Targets) constraint.targets = read_targets(problem, reader);
    if (form.scope == Scope::Links) constraint.links = read_links(problem, reader);
    reader.expect(")");
  }
  expect_comparison(reader, form.is_floor);
  read_limit(reader, form, constraint);
  check_limit(reader, form, constraint);
  convert_limit(form, constraint);
  if (!std::isfinite(constraint.limit)) reader.fail("the limit is too large");
}

struct Verb {
  std::string_view name;
  ConstraintKind kind;
  void (*read)(const Problem&, TextReader&, Constraint&);
};

constexpr std::array kVerbs = {
    Verb{"on", ConstraintKind::RunsOn, read_placement},
    Verb{"not-on", ConstraintKind::KeepsOff, read_placement},
    Verb{"use", ConstraintKind::Uses, read_use},
    Verb{"avoid", ConstraintKind::Avoids, read_participation},
    Verb{"private", ConstraintKind::Private, read_privacy},
    Verb{"together", ConstraintKind::Together, read_company},
};

std::string known_constraints() {
  std::vector<std::string_view> names;
  for (const auto& verb : kVerbs) names.push_back(verb.name);
  for (const auto& form : kMetrics) names.push_back(form.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string cap_text(const Problem& problem, const Constraint& constraint) {
  const auto form = std::ranges::find(kMetrics, constraint.metric, &MetricForm::metric);
  const std::string scope =
      form->scope == Scope::Links ? link_list(problem, constraint.links) : target_list(problem, constraint.targets);
  const std::string_view unit = units_of(form->quantity)[0].name;
  const std::string limit = constraint.is_share
                                ? fmt::format("{}%", constraint.limit * 100)
                                : fmt::format("{}{}{}", constraint.limit, unit.empty() ? "" : " ", unit);
  return fmt::format("{}{} <= {}", form->name, in_brackets(scope), limit);
}

std::string privacy_text(const Problem& problem, const Constraint& constraint) {
  std::string text = "private";
  if (!constraint.blocks.empty()) text.append(" ").append(block_list(problem, constraint.blocks));
  if (constraint.targets != std::vector<std::size_t>{0})
    text.append(" on ").append(target_list(problem, constraint.targets));
  return text;
}

}  // namespace

Constraint parse_constraint(const Problem& problem, std::string_view text) {
  text = without_outer_blanks(text);
  TextReader reader("constraint", text);
  const std::string keyword = reader.keyword();
  Constraint constraint;
  constraint.text = text;
  const auto verb = std::ranges::find(kVerbs, keyword, &Verb::name);
  const auto form = std::ranges::find(kMetrics, keyword, &MetricForm::name);
  if (verb != kVerbs.end()) {
    constraint.kind = verb->kind;
    verb->read(problem, reader, constraint);
  } else if (form != kMetrics.end()) {
    read_cap(problem, reader, *form, constraint);
  } else {
    reader.fail(fmt::format("expected one of these first: {}", known_constraints()));
  }
  return constraint;
}

std::string text_of(const Problem& problem, const Constraint& constraint) {
  if (!constraint.text.empty()) return constraint.text;
  const std::string blocks = block_list(problem, constraint.blocks);
  const std::string targets = target_list(problem, constraint.targets);
  switch (constraint.kind) {
    case ConstraintKind::RunsOn:
      return fmt::format("on {} {}", blocks, targets);
    case ConstraintKind::KeepsOff:
      return fmt::format("not-on {} {}", blocks, targets);
    case ConstraintKind::Uses:
      return fmt::format("use {}", targets);
    case ConstraintKind::UsesFew:
      return fmt::format("use at most {} of {}", constraint.limit, targets);
    case ConstraintKind::Avoids:
      return fmt::format("avoid {}", targets);
    case ConstraintKind::Private:
      return privacy_text(problem, constraint);
    case ConstraintKind::Together:
      return fmt::format("together {}", blocks);
    case ConstraintKind::AtMost:
      break;
  }
  return cap_text(problem, constraint);
}

}  // namespace tandem::plan
