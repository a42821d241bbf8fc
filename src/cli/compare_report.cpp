#include "cli/compare_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

#include "base/figures.h"
#include "cli/codec_report.h"
#include "cli/plan_report.h"
#include "cli/table.h"
#include "plan/problem/plan_json.h"

namespace tandem::cli {
namespace {

using plan::Compared;
using workspace::PlanReport;

std::string source_line(const plan::Method& method) {
  return fmt::format("{}: {}\n", method.name, method.source);
}

std::string excess_text(double cost, double ours) {
  if (std::abs(cost - ours) <= 1e-9 * std::max(1.0, std::abs(ours))) return "equal";
  if (ours == 0) return "";
  const double percent = 100 * (cost / ours - 1);
  return fmt::format("{:+.{}f} %", percent, std::abs(percent) < 10 ? 1 : 0);
}

// Why there is no plan, or the limits that it breaks and how it departs from the publication.
std::string remarks_of(const Compared& compared) {
  std::string text = compared.why_not;
  for (const auto& limit : compared.broken) text += fmt::format("{}breaks '{}'", text.empty() ? "" : ", ", limit);
  if (!compared.note.empty()) text += (text.empty() ? "" : "; ") + compared.note;
  return text;
}

class MethodTable {
 public:
  explicit MethodTable(const PlanReport& report)
      : report_(report), has_cost_(report.problem.objective.kind != plan::ObjectiveKind::Latency), table_(headings()) {}

  void add(const std::string& label, const plan::Plan& plan, const std::string& remarks) {
    const double ours = report_.solution.plans.front().cost;
    std::vector<std::string> row = {label, plan.summary() + text_of_codecs(plan)};
    if (has_cost_) row.push_back(human_cost(report_.problem.objective, plan.cost));
    row.push_back(base::ms_number(plan.latency_ms));
    row.push_back(excess_text(plan.cost, ours));
    row.push_back(remarks);
    table_.add(std::move(row));
  }
  void add_none(const std::string& label, const std::string& why_not) {
    std::vector<std::string> row = {label, "–"};
    row.resize(has_cost_ ? 5 : 4);
    row.push_back(why_not);
    table_.add(std::move(row));
  }
  std::string text() const { return table_.text(); }

 private:
  std::vector<std::string> headings() const {
    std::vector<std::string> list = {"method", "|plan (layers)"};
    if (has_cost_) list.push_back(cost_heading(report_.problem.objective, report_.objective));
    list.insert(list.end(), {">predicted ms", ">against tandem", "|remarks"});
    return list;
  }

  const PlanReport& report_;
  const bool has_cost_;
  Table table_;
};

}  // namespace

base::Json compared_json(const PlanReport& report) {
  base::Json list = base::Json::array();
  const char* unit = plan::unit_of(report.problem.objective);
  for (const auto& each : report.compared) {
    list.push_back({{"method", each.method->name},
                    {"source", each.method->source},
                    {"plan", each.plan ? plan::to_json(*each.plan, unit) : base::Json()},
                    {"why_not", each.plan ? base::Json() : base::Json(each.why_not)},
                    {"note", each.note},
                    {"breaks", each.broken}});
  }
  return list;
}

std::string compared_text(const PlanReport& report) {
  if (report.compared.empty()) return "";
  MethodTable table(report);
  table.add("tandem", report.solution.plans.front(), "");
  for (const auto& each : report.compared) {
    const std::string remarks = remarks_of(each);
    each.plan ? table.add(each.method->name, *each.plan, remarks) : table.add_none(each.method->name, remarks);
  }
  for (const auto& native : report.natives) table.add("native", native, "");
  std::string text = "\n" + table.text();
  for (const auto& each : report.compared) text += source_line(*each.method);
  return text;
}

std::string names_of_methods() {
  std::string names;
  for (const auto& method : plan::methods()) names += (names.empty() ? "" : ",") + std::string(method.name);
  return names;
}

std::string sources_of_methods() {
  std::string text;
  for (const auto& method : plan::methods()) text += "  " + source_line(method);
  return text;
}

}  // namespace tandem::cli
