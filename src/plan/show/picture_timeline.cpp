#include "plan/show/picture_timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/figures.h"
#include "plan/show/picture_style.h"
#include "plan/show/text.h"

namespace tandem::plan {
namespace {

constexpr double kRow = 20;
constexpr double kBar = 13;
constexpr double kAxis = 26;          // height, with its numbers
constexpr double kFiguresRoom = 160;  // behind the longest bar
constexpr double kNameLeft = 28;
constexpr std::size_t kMostNameCharacters = 20;
constexpr double kMostSteps = 8;

std::string draw_axis(const TimeAxis& axis, const TimelinePlace& place, double bottom, double pixels_per_ms) {
  std::string text;
  for (std::size_t i = 0; i <= axis.steps; ++i) {
    const double ms = axis.step_ms * static_cast<double>(i);
    const double x = place.left + ms * pixels_per_ms;
    text += fmt::format(
        "<path class=\"stroke-{}\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>\n"
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" class=\"fill-muted\">{:g}</text>\n",
        i == 0 ? "strong-line" : "line", x, place.top, bottom, x, bottom + 15, ms);
  }
  return text + fmt::format("<text x=\"{}\" y=\"{:.1f}\" class=\"fill-muted\">time of a request, ms</text>\n",
                            kNameLeft, bottom + 15);
}

std::string draw_bar(const TimelineBar& bar, double middle, double left, double width) {
  const bool is_hop = bar.target == kNone;
  const std::string look = is_hop ? fmt::format("fill=\"url(#{})\" class=\"stroke-exchange\"", kHatch)
                                  : fmt::format("class=\"{}\"", fill_of_target(bar.target));
  return fmt::format(
      "<text x=\"{}\" y=\"{:.1f}\" class=\"{}\">{}</text>\n"
      "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{}\" {}/>\n"
      "<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"fill-text stroke-card\" paint-order=\"stroke\" "
      "stroke-width=\"3\">{}</text>\n",
      kNameLeft, middle + 4, is_hop ? "fill-muted" : "fill-text", as_markup(shortened(bar.name, kMostNameCharacters)),
      left, middle - kBar / 2, width, kBar, look, left + width + 6, middle + 4, as_markup(bar.figures));
}

double last_end_ms(const std::vector<TimelineBar>& bars) {
  double last = 0;
  for (const auto& bar : bars) last = std::max(last, bar.to_ms);
  return last;
}

// Of the steps of a stage: its own work, and beside it each offload with its exchange.
void add_steps(std::vector<TimelineBar>& bars, const Plan& plan, std::size_t place, double begin_ms) {
  const Stage& stage = plan.stages[place];
  for (const auto& step : stage.steps) {
    bars.push_back({stage.target, base::human_ms(step.compute_ms), begin_ms, begin_ms + step.compute_ms,
                    plan.decision.route[place]});
    for (const auto& offload : step.offloads) {
      bars.push_back({"∥ " + offload.target,
                      base::human_ms(offload.latency_ms()) + " · " +
                          base::human_bytes(offload.sent_bytes + offload.returned_bytes),
                      begin_ms, begin_ms + offload.latency_ms(), kNone});
    }
    begin_ms += step.latency_ms();
  }
}

}  // namespace

std::vector<TimelineBar> timeline_bars(const Plan& plan) {
  std::vector<TimelineBar> bars;
  double so_far_ms = 0;
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    const Stage& stage = plan.stages[i];
    const double computed_ms = so_far_ms + stage.compute_ms + stage.waiting_ms();
    if (!stage.steps.empty())
      add_steps(bars, plan, i, so_far_ms);
    else if (stage.runs_layers())
      bars.push_back({stage.target, base::human_ms(stage.compute_ms), so_far_ms, computed_ms, plan.decision.route[i]});
    so_far_ms = computed_ms;
    const auto add_way = [&](const char* arrow, const std::string& to, double ms, double bytes) {
      bars.push_back(
          {arrow + to, base::human_ms(ms) + " · " + base::human_bytes(bytes), so_far_ms, so_far_ms + ms, kNone});
      so_far_ms += ms;
    };
    for (const auto& bypass : stage.bypasses) add_way("⤳ ", bypass.target, bypass.exchange_ms, bypass.sent_bytes);
    if (i + 1 < plan.stages.size()) add_way("→ ", plan.stages[i + 1].target, stage.exchange_ms, stage.sent_bytes);
  }
  return bars;
}

TimeAxis time_axis(double longest_ms) {
  if (!(longest_ms > 0) || !std::isfinite(longest_ms)) return {};
  const double power = std::pow(10, std::floor(std::log10(longest_ms / kMostSteps)));
  for (const double digit : {1.0, 2.0, 5.0, 10.0}) {
    const double step = digit * power;
    if (longest_ms <= kMostSteps * step) return {step, static_cast<std::size_t>(std::ceil(longest_ms / step - 1e-9))};
  }
  return {10 * power, static_cast<std::size_t>(kMostSteps)};  // rounding
}

double timeline_height(std::size_t bars) {
  return static_cast<double>(bars) * kRow + kAxis;
}

std::string draw_timeline(const std::vector<TimelineBar>& bars, const TimelinePlace& place) {
  const TimeAxis axis = time_axis(last_end_ms(bars));
  const double end_ms = axis.step_ms * static_cast<double>(axis.steps);
  const double pixels_per_ms = (place.right - kFiguresRoom - place.left) / end_ms;
  std::string text = draw_axis(axis, place, place.top + static_cast<double>(bars.size()) * kRow, pixels_per_ms);
  double middle = place.top + kRow / 2;
  for (const auto& bar : bars) {
    const double left = place.left + bar.from_ms * pixels_per_ms;
    text += draw_bar(bar, middle, left, std::max(1.0, (bar.to_ms - bar.from_ms) * pixels_per_ms));
    middle += kRow;
  }
  return text;
}

}  // namespace tandem::plan
