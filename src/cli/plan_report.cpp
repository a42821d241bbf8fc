#include "cli/plan_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/figures.h"
#include "base/unix_time.h"
#include "cli/codec_report.h"
#include "cli/compare_report.h"
#include "cli/table.h"
#include "plan/problem/plan_json.h"
#include "plan/show/explain.h"

namespace tandem::cli {
namespace {

using plan::ConstraintKind;
using plan::ObjectiveKind;
using workspace::Front;
using workspace::KnownCosts;
using workspace::ObjectiveSource;
using workspace::PlanReport;
using workspace::VerifiedPlan;

base::Json json_of(const std::vector<plan::Plan>& plans, const char* unit) {
  base::Json list = base::Json::array();
  for (const auto& each : plans) list.push_back(plan::to_json(each, unit));
  return list;
}

base::Json json_of(const cost::Reading& reading) {
  return {
      {"value", reading.value}, {"measured_at_s", reading.measured_at_s}, {"source", cost::name_of(reading.source)}};
}

// The costs that the plan was made from.
base::Json json_of(const KnownCosts& known) {
  base::Json json = {{"targets", base::Json::array()}, {"links", base::Json::array()}};
  for (const auto& costs : known.models) {
    json["targets"].push_back({{"target", costs.identity.target},
                               {"machine", costs.identity.machine},
                               {"engine", costs.identity.engine},
                               {"measured_at_s", costs.measured_at_s},
                               {"is_predicted", costs.is_predicted},
                               {"whole_ms", costs.whole_ms},
                               {"whole_low_ms", costs.whole_low_ms},
                               {"whole_high_ms", costs.whole_high_ms}});
  }
  for (const auto& link : known.links) {
    json["links"].push_back({{"from", link.from},
                             {"to", link.to},
                             {"round_trip_ms", json_of(link.round_trip_ms)},
                             {"upload_mbps", json_of(link.upload_mbps)},
                             {"download_mbps", json_of(link.download_mbps)}});
  }
  return json;
}

// Null where the constraint's limit is not a number.
base::Json number_of(const plan::Constraint& constraint, double number) {
  return constraint.kind == ConstraintKind::AtMost ? base::Json(number) : base::Json();
}

base::Json json_of(const plan::Problem& problem, const std::vector<plan::Binding>& binds, const char* unit) {
  base::Json list = base::Json::array();
  for (const auto& each : binds) {
    const plan::Constraint& constraint = problem.constraints[each.constraint];
    list.push_back({{"constraint", constraint.text},
                    {"reaches", number_of(constraint, each.reaches)},
                    {"plan", plan::to_json(each.plan, unit)}});
  }
  return list;
}

base::Json json_of(const Front& front) {
  base::Json points = base::Json::array();
  for (const auto& point : front.points) {
    points.push_back({{"first_cost", point.first_cost},
                      {"second_cost", point.second_cost},
                      {"plan", plan::to_json(point.plan, plan::unit_of(front.first))}});
  }
  return {{"first", front.first_text},
          {"first_unit", plan::unit_of(front.first)},
          {"second", front.second_text},
          {"second_unit", plan::unit_of(front.second)},
          {"points", points}};
}

base::Json json_of(const std::vector<plan::MapSegment>& map, const char* unit) {
  base::Json list = base::Json::array();
  for (const auto& segment : map) {
    list.push_back({{"low_mbps", segment.low_mbps},
                    {"high_mbps", segment.high_mbps},
                    {"plan", segment.plan ? plan::to_json(*segment.plan, unit) : base::Json()}});
  }
  return list;
}

base::Json json_of(const plan::Problem& problem, const plan::Clash& clash, const char* unit) {
  base::Json constraints = base::Json::array();
  for (const std::size_t index : clash.constraints) constraints.push_back(problem.constraints[index].text);
  base::Json ways = base::Json::array();
  for (const auto& way : clash.ways) {
    const plan::Constraint& constraint = problem.constraints[way.constraint];
    ways.push_back({{"constraint", constraint.text},
                    {"needs", number_of(constraint, way.needs)},
                    {"excess", way.excess},
                    {"plan", plan::to_json(way.plan, unit)}});
  }
  base::Json unable = base::Json::array();
  for (const auto& each : clash.unable) {
    base::Json targets = base::Json::array();
    for (const std::size_t target : each.targets) targets.push_back(problem.targets[target].name);
    unable.push_back({{"block", problem.blocks[each.block].name}, {"targets", targets}});
  }
  return {{"constraints", constraints}, {"ways", ways}, {"cannot_run", unable}};
}

}  // namespace

std::string human_cost(const plan::Objective& objective, double cost) {
  switch (objective.kind) {
    case ObjectiveKind::Latency:
    case ObjectiveKind::Throughput:
      return base::ms_number(cost);
    case ObjectiveKind::Upload:
      return base::human_bytes(cost);
    default:
      return fmt::format("{:.4g}", cost);
  }
}

std::string cost_heading(const plan::Objective& objective, const std::string& text) {
  const std::string unit = objective.kind == ObjectiveKind::Upload ? "" : plan::unit_of(objective);
  return unit.empty() ? ">" + text : fmt::format(">{} ({})", text, unit);
}

namespace {

// Rows of plans. The cost has a column unless it is the latency or the money, the money where anything has a price, the
// accuracy where exits or codecs change it.
class PlanTable {
 public:
  explicit PlanTable(const PlanReport& report)
      : objective_(report.problem.objective),
        has_cost_(objective_.kind != ObjectiveKind::Latency && objective_.kind != ObjectiveKind::Money),
        has_money_(has_prices(report.problem)),
        has_accuracy_(!report.problem.policies.empty() || loses_accuracy(report)),
        table_(headings(report)) {}

  void add(const std::string& label, const plan::Plan& plan, const VerifiedPlan* verified = nullptr) {
    double compute_ms = 0;
    double exchange_ms = 0;
    for (const auto& stage : plan.stages) {
      compute_ms += stage.compute_ms;
      exchange_ms += stage.exchange_ms + stage.bypass_ms();
    }
    std::vector<std::string> row = {label, plan.summary() + text_of_codecs(plan)};
    if (has_cost_) row.push_back(human_cost(objective_, plan.cost));
    row.insert(row.end(), {base::ms_number(plan.latency_ms), base::ms_number(compute_ms), base::ms_number(exchange_ms),
                           base::human_bytes(plan.upload_bytes)});
    if (has_money_) row.push_back(fmt::format("{:.4g}", 1000 * plan.money));
    if (has_accuracy_) row.push_back(fmt::format("{:.2f}", plan.accuracy));
    if (verified != nullptr) row.push_back(base::ms_number(verified->verified_ms));
    table_.add(std::move(row));
  }
  std::string text() const { return table_.text(); }

 private:
  static bool has_prices(const plan::Problem& problem) {
    return std::ranges::any_of(problem.targets, [](const plan::Target& each) { return each.price_per_hour > 0; }) ||
           std::ranges::any_of(problem.links, [](const plan::Link& each) { return each.price_per_gb > 0; });
  }

  static bool loses_accuracy(const PlanReport& report) {
    return std::ranges::any_of(report.solution.plans, [](const plan::Plan& plan) { return plan.accuracy < 100; });
  }

  std::vector<std::string> headings(const PlanReport& report) const {
    std::vector<std::string> list = {"", "|plan (layers)"};
    if (has_cost_) list.push_back(cost_heading(objective_, report.objective));
    list.insert(list.end(), {">predicted ms", ">compute ms", ">links ms", ">sent"});
    if (has_money_) list.emplace_back(">money per 1,000");
    if (has_accuracy_) list.emplace_back(">accuracy %");
    if (!report.verified.empty()) list.emplace_back(">verified ms");
    return list;
  }

  const plan::Objective& objective_;
  const bool has_cost_;
  const bool has_money_;
  const bool has_accuracy_;
  Table table_;
};

std::string objective_line(const PlanReport& report) {
  const auto why = [&] {
    switch (report.objective_source) {
      case ObjectiveSource::Flag:
        return "by --objective";
      case ObjectiveSource::ExitStatistics:
        return "by default, since the store has exit statistics of this model; --objective latency: the fastest plan";
      case ObjectiveSource::ProblemFile:
        return "of the problem file; --objective sets another";
      case ObjectiveSource::Default:
        break;
    }
    return "by default; --objective sets another";
  };
  return fmt::format("objective: {} ({})\n", report.objective, why());
}

std::string age_of(std::int64_t measured_at_s) {
  const std::int64_t age_s = base::unix_time_s() - measured_at_s;
  if (age_s < 120) return fmt::format("{} s ago", age_s);
  if (age_s < 2 * 3600) return fmt::format("{} min ago", age_s / 60);
  return age_s < 48 * 3600 ? fmt::format("{} h ago", age_s / 3600) : fmt::format("{} days ago", age_s / 86400);
}

std::string text_of(const cost::Reading& reading, const char* unit) {
  return fmt::format("{:.4g} {} ({}, {})", reading.value, unit, cost::name_of(reading.source),
                     age_of(reading.measured_at_s));
}

// Why a plan may not cut wherever `tandem inspect` shows a cut.
std::string blocks_text(const std::vector<plan::Block>& blocks) {
  const std::size_t layers = blocks.empty() ? 0 : blocks.back().last;
  if (blocks.size() == layers) return "every layer may end a stage\n";
  return fmt::format(
      "{} of {}: layers that an engine runs as one kernel, or between which nothing can cross, stay together\n",
      base::counted(blocks.size(), "block"), base::counted(layers, "layer"));
}

// The age and the source of each cost.
std::string text_of(const KnownCosts& known) {
  std::string text;
  for (const auto& costs : known.models) {
    text += fmt::format("{}: {}\n", costs.identity.target,
                        costs.is_predicted
                            ? fmt::format("predicted from other models, whole model {} to {} ms",
                                          base::ms_number(costs.whole_low_ms), base::ms_number(costs.whole_high_ms))
                            : fmt::format("measured {} on {}", age_of(costs.measured_at_s), costs.identity.machine));
  }
  for (const auto& link : known.links) {
    text +=
        fmt::format("{} → {}: {} up, {} down, round trip {}\n", link.from, link.to, text_of(link.upload_mbps, "Mbit/s"),
                    text_of(link.download_mbps, "Mbit/s"), text_of(link.round_trip_ms, "ms"));
  }
  return text;
}

std::string text_of(const Front& front) {
  Table table(
      {cost_heading(front.first, front.first_text), cost_heading(front.second, front.second_text), "|plan (layers)"});
  for (const auto& point : front.points) {
    table.add(
        {human_cost(front.first, point.first_cost), human_cost(front.second, point.second_cost), point.plan.summary()});
  }
  return fmt::format("\n{}", table.text());
}

std::string text_of(const std::vector<plan::MapSegment>& map, const PlanReport& report) {
  Table table(
      {">from Mbit/s", ">to Mbit/s", cost_heading(report.problem.objective, report.objective), "|plan (layers)"});
  for (const auto& segment : map) {
    table.add({fmt::format("{:.4g}", segment.low_mbps), fmt::format("{:.4g}", segment.high_mbps),
               segment.plan ? human_cost(report.problem.objective, segment.plan->cost) : "",
               segment.plan ? segment.plan->summary() : "no plan is feasible"});
  }
  return fmt::format("\n{}", table.text());
}

// Of a search that ended before its proof, by the time limit or by its own effort; else empty.
std::string text_of_proof(const plan::Solution& solution) {
  if (!solution.is_proven)
    return fmt::format("not proven: the best plan may cost {:.2g} % less\n", 100 * solution.gap(0));
  if (solution.proven >= solution.plans.size()) return "";
  return fmt::format("proven up to plan {}: another may cost {:.2g} % less than plan {}\n", solution.proven,
                     100 * solution.gap(solution.plans.size() - 1), solution.plans.size());
}

}  // namespace

base::Json to_json(const PlanReport& report) {
  const char* unit = plan::unit_of(report.problem.objective);
  const bool has_plan = !report.solution.plans.empty();
  base::Json json = {{"format", "tandem.plan"},
                     {"version", 2},
                     {"model", report.digest.empty() ? base::Json() : base::Json(report.digest)},
                     {"objective", report.objective},
                     {"objective_source", workspace::name_of(report.objective_source)},
                     {"unit", unit},
                     {"solver", report.solution.solver},
                     {"bound", has_plan ? base::Json(report.solution.bound) : base::Json()},
                     {"gap", has_plan ? base::Json(report.solution.gap(0)) : base::Json()},
                     {"is_proven", report.solution.is_proven},
                     {"proven_plans", report.solution.proven},
                     {"solve_us", report.solve_us},
                     {"plans", json_of(report.solution.plans, unit)},
                     {"native_plans", json_of(report.natives, unit)}};
  for (std::size_t i = 0; i < report.solution.plans.size(); ++i) json["plans"][i]["gap"] = report.solution.gap(i);
  for (std::size_t i = 0; i < report.verified.size(); ++i)
    json["plans"][i]["verified_ms"] = report.verified[i].verified_ms;
  if (!report.known.models.empty()) json["costs"] = json_of(report.known);
  if (report.codecs) json["codecs"] = to_json(*report.codecs);
  if (report.binds) json["binds"] = json_of(report.problem, *report.binds, unit);
  if (report.front) json["front"] = json_of(*report.front);
  if (!report.compared.empty()) json["compared"] = compared_json(report);
  if (report.map) json["map"] = json_of(*report.map, unit);
  if (report.clash) json["clash"] = json_of(report.problem, *report.clash, unit);
  return json;
}

std::string to_text(const PlanReport& report) {
  PlanTable table(report);
  const auto& plans = report.solution.plans;
  for (std::size_t i = 0; i < plans.size(); ++i)
    table.add(fmt::format("{}", i + 1), plans[i], i < report.verified.size() ? &report.verified[i] : nullptr);
  for (const auto& native : report.natives) table.add("native", native);
  std::string text = objective_line(report) + table.text();
  text += text_of_proof(report.solution);
  if (report.binds)
    text.append("\n").append(plan::explain(report.problem, report.solution, report.natives, *report.binds));
  if (report.codecs) text += to_text(*report.codecs);
  if (report.binds && !report.known.models.empty()) text += blocks_text(report.problem.blocks) + text_of(report.known);
  text += compared_text(report);
  if (report.front) text += text_of(*report.front);
  if (report.map) text += text_of(*report.map, report);
  return text;
}

}  // namespace tandem::cli
