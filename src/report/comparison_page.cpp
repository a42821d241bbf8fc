#include "report/comparison_page.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

#include "base/statistics.h"
#include "report/assets.h"
#include "report/page.h"

namespace tandem::report {
namespace {

std::vector<PagePlan> plans_of(const ComparisonPage& page) {
  std::vector<PagePlan> plans;
  for (const auto& compared : page.plans) plans.push_back(compared.plan);
  for (std::size_t i = 0; i < plans.size(); ++i) plans[i].is_best = i == 0;
  return plans;
}

std::vector<PagePlan> measured_of(std::vector<PagePlan> plans) {
  std::erase_if(plans, [](const PagePlan& plan) { return !plan.measured || !(plan.measured->ms > 0); });
  return plans;
}

std::string measured_tile(const std::string& name, const PagePlan& plan, const std::string& note) {
  return tile(name, plan.measured ? human_ms(plan.measured->ms) : "–", note);
}

std::string tiles(const std::vector<PagePlan>& plans) {
  if (plans.empty()) return {};
  const auto& chosen = plans.front();
  const auto measured = measured_of(plans);
  std::string html = measured_tile("Chosen plan, measured", chosen, chosen.label);
  if (const auto* native = fastest_native(measured))
    html += measured_tile("Best on one machine, measured", *native, runner_of(*native));
  if (chosen.measured) {
    html += tile("Prediction of the chosen plan", error_of(chosen.predicted_ms, *chosen.measured),
                 human_ms(chosen.predicted_ms) + " predicted");
  }
  if (measured.empty()) return html;
  std::vector<double> errors;
  for (const auto& plan : measured) errors.push_back(std::abs(plan.predicted_ms / plan.measured->ms - 1));
  return html + tile("Median error of predictions", human_percent(base::median(errors)),
                     "of " + count_of(errors.size(), "plan"));
}

std::string head(const ComparisonPage& page, const std::vector<PagePlan>& plans) {
  return "<header>\n<p class=\"kicker\">Tandem comparison</p>\n" + element("h1", page.model) +
         fmt::format("<p class=\"facts\">{} · made {} · digest <code>{}</code></p>\n", count_of(plans.size(), "plan"),
                     escape_markup(human_time(page.made_at_s)), escape_markup(page.digest)) +
         no_script_note() + "<dl class=\"tiles\">\n" + tiles(plans) + "</dl>\n</header>\n";
}

std::string title(const std::vector<PagePlan>& plans) {
  const auto& chosen = plans.front();
  const auto measured = measured_of(plans);
  const auto* native = fastest_native(measured);
  if (!chosen.measured) return "The chosen plan gave no answer";
  const auto takes = "The chosen plan takes " + human_ms(chosen.measured->ms);
  if (native == nullptr || native->label == chosen.label) return takes;
  const double gain = native->measured->ms / chosen.measured->ms;
  return gain >= 1 ? fmt::format("{}, {:.2f} times as fast as the best machine alone", takes, gain)
                   : fmt::format("{}, {} alone {}", takes, runner_of(*native), human_ms(native->measured->ms));
}

std::vector<Cell> row_of(std::size_t number, const ComparedPlan& compared) {
  const auto& plan = compared.plan;
  const Figure measured = plan.measured.value_or(Figure{});
  const auto ms = [&](double value) { return Cell{plan.measured ? human_ms(value) : "–"}; };
  return {{std::to_string(number)},
          {plan.label, number == 1      ? "chosen"
                       : plan.is_native ? "one machine"
                                        : ""},
          {human_ms(plan.predicted_ms)},
          {ms(measured.ms).text, range_of(measured)},
          {error_of(plan.predicted_ms, measured)},
          ms(compared.p95_ms),
          ms(compared.p99_ms),
          {std::to_string(compared.requests), compared.failure}};
}

std::string plans_section(const ComparisonPage& page, const std::vector<PagePlan>& plans) {
  if (plans.empty()) return {};
  HtmlTable table({">", "Plan", ">Predicted", ">Measured", ">Error", ">p95", ">p99", "Requests"});
  for (std::size_t i = 0; i < page.plans.size(); ++i) table.add(row_of(i + 1, page.plans[i]));
  return "<section>\n" + element("h2", title(plans)) +
         element(
             "p",
             "Plans were run in turn, request by request. Each bar is the prediction: computing on each target, and "
             "the exchange between them. The mark is the median of what was measured, with its 95 % interval.") +
         chart("plans", "Bars: predicted time of each plan. Marks: measured") +
         folded("Plans as a table", plans.size(), table.html()) + "</section>\n";
}

std::string predictions_section(const std::vector<PagePlan>& plans) {
  if (measured_of(plans).empty()) return {};
  return "<section>\n<h2>Predicted against measured</h2>\n" +
         element(
             "p",
             "Each point is a plan, a thin line the interval of what was measured. A right prediction stands on the "
             "diagonal, and on zero in the second chart.") +
         chart("predictions", "Points: predicted against measured time of plans") + "</section>\n";
}

}  // namespace

std::string to_html(const ComparisonPage& page) {
  const auto plans = plans_of(page);
  Page html{page.model + " – Tandem comparison"};
  html.body =
      "<main>\n" + head(page, plans) + plans_section(page, plans) + predictions_section(plans) + footer() + "</main>\n";
  auto targets = base::Json::array();
  for (const auto& name : page.targets) targets.push_back({{"name", name}});
  auto shown = base::Json::array();
  for (const auto& plan : plans) shown.push_back(to_json(plan));
  html.data = {{"targets", targets}, {"plans", shown}, {"word_for_best", "chosen"}};
  html.scripts = {plan_bars_script(), comparison_script()};
  return assemble(html);
}

}  // namespace tandem::report
