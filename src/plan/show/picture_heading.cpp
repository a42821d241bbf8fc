#include "plan/show/picture_heading.h"

#include <fmt/format.h>

#include "base/figures.h"
#include "plan/show/picture_style.h"
#include "plan/show/text.h"

namespace tandem::plan {
namespace {

constexpr double kCharacterWidth = 10.5;  // of the title, bold

std::string facts(const Problem& problem, const Plan& plan) {
  std::string facts =
      fmt::format("{}: {}", name_of(problem.objective.kind), text_of_cost(problem.objective, plan.cost));
  if (problem.objective.kind != ObjectiveKind::Latency) facts += " · latency " + base::human_ms(plan.latency_ms);
  if (plan.accuracy < 100) facts += fmt::format(" · {:.4g} % right", plan.accuracy);
  if (plan.money > 0 && problem.objective.kind != ObjectiveKind::Money)
    facts += " · " + text_of(Metric::Money, plan.money);
  return facts + fmt::format(" · {} sent", base::human_bytes(plan.upload_bytes));
}

}  // namespace

std::string picture_heading(const Problem& problem, const Plan& plan, double width, double height) {
  const auto characters = static_cast<std::size_t>((width - 48) / kCharacterWidth);
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
      "class=\"plan-picture\" "
      "font-family=\"DejaVu Sans, Verdana, Arial, sans-serif\" font-size=\"11\">\n",
      width, height);
  text += fmt::format("<title>{}</title>\n", as_markup(plan.summary())) + style_sheet() + hatch();
  text += "<rect width=\"100%\" height=\"100%\" class=\"fill-card\"/>\n";
  text += fmt::format(
      "<text x=\"24\" y=\"32\" font-size=\"16\" font-weight=\"bold\" class=\"fill-text\">{}</text>\n"
      "<text x=\"24\" y=\"54\" font-size=\"13\" class=\"fill-muted\">{}</text>\n",
      as_markup(shortened(plan.summary(), characters)), as_markup(facts(problem, plan)));
  return text;
}

}  // namespace tandem::plan
