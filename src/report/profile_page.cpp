#include "report/profile_page.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/statistics.h"
#include "report/assets.h"
#include "report/page.h"

namespace tandem::report {

namespace {

constexpr std::size_t kSlowestKernels = 8;

void check(const ProfilePage& page) {
  const auto fail = [](const std::string& text) { throw base::Error(base::ErrorKind::InvalidInput, text); };
  for (const auto& target : page.targets) {
    const auto place = "report: target '" + target.name + "': ";
    if (target.layer_ms.size() != page.layers.size()) {
      fail(fmt::format("{}{} layer times, expected {}", place, target.layer_ms.size(), page.layers.size()));
    }
    if (target.kernel_first.empty()) continue;
    if (target.kernel_first.size() != page.layers.size()) {
      fail(fmt::format("{}kernels of {} layers, expected {}", place, target.kernel_first.size(), page.layers.size()));
    }
    for (const auto first : target.kernel_first) {
      if (first >= page.layers.size())
        fail(fmt::format("{}a kernel begins at layer {} of {}", place, first, page.layers.size()));
    }
  }
}

std::vector<PagePlan> best_first(std::vector<PagePlan> plans) {
  std::stable_sort(plans.begin(), plans.end(), [](const PagePlan& a, const PagePlan& b) {
    return a.is_best != b.is_best ? a.is_best : time_of(a) < time_of(b);
  });
  return plans;
}

std::vector<std::size_t> kernels_of(const PageTarget& target) {
  if (!target.kernel_first.empty()) return target.kernel_first;
  std::vector<std::size_t> first(target.layer_ms.size());
  for (std::size_t layer = 1; layer < first.size(); ++layer) {
    first[layer] = target.layer_ms[layer] > 0 ? layer : first[layer - 1];
  }
  return first;
}

// Relative errors of the predictions that can be held against something.
std::vector<double> errors_of(const std::vector<PageCheck>& checks) {
  std::vector<double> errors;
  for (const auto& check : checks) {
    if (check.measured.ms > 0) errors.push_back(std::abs(check.predicted_ms / check.measured.ms - 1));
  }
  return errors;
}

std::string tiles(const ProfilePage& page, const std::vector<PagePlan>& plans) {
  std::string html;
  if (!plans.empty()) html += tile("Best plan", human_ms(time_of(plans[0])), plans[0].label);
  if (const auto* native = fastest_native(plans))
    html += tile("Best on one machine", human_ms(time_of(*native)), runner_of(*native));
  if (const auto errors = errors_of(page.checks); !errors.empty()) {
    html += tile("Median error of predictions", human_percent(base::median(errors)),
                 fmt::format("95th percentile {}, {}", human_percent(base::quantile(errors, 0.95)),
                             count_of(errors.size(), "stage")));
  }
  const auto cuts = std::count_if(page.layers.begin(), page.layers.end(), [](const auto& l) { return l.bytes_after; });
  html += tile("Layers", fmt::format("{}", page.layers.size()), fmt::format("it can be cut after {} of them", cuts));
  return "<dl class=\"tiles\">\n" + html + "</dl>\n";
}

std::string head(const ProfilePage& page, const std::vector<PagePlan>& plans) {
  return "<header>\n<p class=\"kicker\">Tandem profile</p>\n" + element("h1", page.model) +
         fmt::format("<p class=\"facts\">{} · made {} · digest <code>{}</code></p>\n",
                     count_of(page.targets.size(), "target"), escape_markup(human_time(page.made_at_s)),
                     escape_markup(page.digest)) +
         no_script_note() + tiles(page, plans) + "</header>\n";
}

std::string plans_title(const std::vector<PagePlan>& plans) {
  const auto* native = fastest_native(plans);
  const auto& best = plans.front();
  if (native == nullptr) return "The best plan takes " + human_ms(time_of(best));
  if (native == &best) return "No split is faster than " + runner_of(best) + " alone: " + human_ms(time_of(best));
  return fmt::format("The best split takes {}, {:.1f} times as fast as the best machine alone", human_ms(time_of(best)),
                     time_of(*native) / time_of(best));
}

std::string plans_section(const std::vector<PagePlan>& plans) {
  if (plans.empty()) return {};
  HtmlTable table({">", "Plan", ">Predicted", ">Measured", "Of which"});
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const auto& plan = plans[i];
    table.add({{std::to_string(i + 1)},
               {plan.label, plan.is_best     ? "best"
                            : plan.is_native ? "one machine"
                                             : ""},
               {human_ms(plan.predicted_ms)},
               {plan.measured ? human_ms(plan.measured->ms) : "–", plan.measured ? range_of(*plan.measured) : ""},
               {stages_text(plan)}});
  }
  return "<section>\n" + element("h2", plans_title(plans)) +
         element("p",
                 "One request from input to answer. Each bar is a plan: computing on each target, and the exchange "
                 "between them.") +
         chart("plans", "Bars: predicted time of each plan") + folded("Plans as a table", plans.size(), table.html()) +
         "</section>\n";
}

std::string layers_table(const ProfilePage& page) {
  std::vector<std::string> headings{">Layer", "Name", "Operator", ">Bytes after", ">Tensors"};
  for (const auto& target : page.targets) headings.push_back(">" + target.name);
  HtmlTable table(headings);
  for (std::size_t i = 0; i < page.layers.size(); ++i) {
    const auto& layer = page.layers[i];
    std::vector<Cell> row{{std::to_string(i)},
                          {layer.name},
                          {layer.op_type},
                          {layer.bytes_after ? human_bytes(*layer.bytes_after) : "–"},
                          {layer.bytes_after ? std::to_string(layer.cut_tensors) : "–"}};
    for (const auto& target : page.targets) {
      row.push_back({target.layer_ms[i] > 0 ? human_ms(target.layer_ms[i]) : "–"});
    }
    table.add(row);
  }
  return table.html();
}

std::string layers_section(const ProfilePage& page) {
  if (page.layers.empty() || page.targets.empty()) return {};
  return "<section>\n<h2>Time of each layer, and what a cut after it would send</h2>\n" +
         element("p",
                 "Layers that the engine runs as one kernel stand together at the first of them. Dashed lines are "
                 "where plans cut, with the plan's number. Drag the handles below to look closer.") +
         chart("layers", "Bars: time of each layer on each target. Line: bytes after each layer") +
         folded("Layers as a table", page.layers.size(), layers_table(page)) + "</section>\n";
}

struct RankedKernel {
  std::size_t first = 0;
  std::size_t count = 0;
  double ms = 0;
  std::string op_types;
};

std::vector<RankedKernel> slowest_first(const ProfilePage& page, const PageTarget& target) {
  const auto first_of = kernels_of(target);
  std::map<std::size_t, RankedKernel> kernels;
  for (std::size_t layer = 0; layer < page.layers.size(); ++layer) {
    auto& kernel = kernels[first_of[layer]];
    kernel.first = first_of[layer];
    kernel.ms += target.layer_ms[layer];
    if (++kernel.count <= 4) kernel.op_types += (kernel.count == 1 ? "" : ", ") + page.layers[layer].op_type;
    if (kernel.count == 5) kernel.op_types += ", …";
  }
  std::vector<RankedKernel> ranked;
  ranked.reserve(kernels.size());
  for (auto& [first, kernel] : kernels) ranked.push_back(std::move(kernel));
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.ms > b.ms; });
  return ranked;
}

std::string kernels_table(const ProfilePage& page, const PageTarget& target) {
  auto kernels = slowest_first(page, target);
  kernels.resize(std::min(kernels.size(), kSlowestKernels));
  const double total = std::accumulate(target.layer_ms.begin(), target.layer_ms.end(), 0.0);
  HtmlTable table({">Layer", "Name and operators", ">Time", ">Share"});
  for (const auto& kernel : kernels) {
    table.add({{std::to_string(kernel.first)},
               {page.layers[kernel.first].name, kernel.op_types},
               {human_ms(kernel.ms)},
               {human_percent(kernel.ms / total)}});
  }
  return "<div>\n" + element("h3", target.name) + table.html() + "</div>\n";
}

std::string kernels_section(const ProfilePage& page) {
  if (page.layers.empty() || page.targets.empty()) return {};
  std::string tables;
  for (const auto& target : page.targets) tables += kernels_table(page, target);
  return "<section>\n<h2>The slowest kernels of each target</h2>\n<div class=\"columns\">\n" + tables +
         "</div>\n</section>\n";
}

std::string checks_title(const std::vector<PageCheck>& checks) {
  const auto errors = errors_of(checks);
  if (errors.empty()) return "Predicted against measured stage times";
  return fmt::format("Predicted stage times miss by {} in the median, by {} at the 95th percentile",
                     human_percent(base::median(errors)), human_percent(base::quantile(errors, 0.95)));
}

std::string checks_section(const std::vector<PageCheck>& checks) {
  if (checks.empty()) return {};
  HtmlTable table({"Target", "Layers", ">Measured", ">Predicted", ">Error"});
  for (const auto& check : checks) {
    table.add({{check.target},
               {check.layers},
               {human_ms(check.measured.ms), range_of(check.measured)},
               {human_ms(check.predicted_ms)},
               {error_of(check.predicted_ms, check.measured)}});
  }
  return "<section>\n" + element("h2", checks_title(checks)) +
         element("p",
                 "Stages that were timed as they would run, and what was predicted without that measurement. A "
                 "right prediction stands on the diagonal, and on zero in the second chart.") +
         chart("checks", "Points: predicted against measured time of stages") +
         folded("Timed stages as a table", checks.size(), table.html()) + "</section>\n";
}

std::string state_of(const PageTarget& target) {
  if (target.is_predicted) return "predicted: nothing of this model was measured here";
  return target.is_noisy ? "measured on a noisy machine: measure again" : "measured";
}

// Properties down, targets across: there are few targets, and a machine's name is long.
std::string targets_section(const std::vector<PageTarget>& targets) {
  if (targets.empty()) return {};
  std::vector<std::string> headings{""};
  for (const auto& target : targets) headings.push_back(target.name);
  HtmlTable table(headings);
  const auto add = [&](const char* what, auto&& cell_of) {
    std::vector<Cell> row{{what}};
    for (const auto& target : targets) row.push_back(cell_of(target));
    table.add(row);
  };
  using T = PageTarget;
  const auto ms = [](double value) { return Cell{value > 0 ? human_ms(value) : "–"}; };
  const auto bytes = [](double value) { return Cell{value > 0 ? human_bytes(value) : "unknown"}; };
  add("Tier", [](const T& t) { return Cell{t.tier}; });
  add("Machine", [](const T& t) { return Cell{t.machine}; });
  add("Engine", [](const T& t) { return Cell{t.engine}; });
  add("State", [](const T& t) { return Cell{state_of(t)}; });
  add("Measured at", [](const T& t) { return Cell{t.is_predicted ? "–" : human_time(t.measured_at_s)}; });
  add("Whole model", [](const T& t) { return Cell{human_ms(t.whole.ms), range_of(t.whole)}; });
  add("95th, 99th percentile",
      [](const T& t) { return Cell{t.sample_count == 0 ? "–" : human_ms(t.p95_ms) + ", " + human_ms(t.p99_ms)}; });
  add("Samples", [](const T& t) { return Cell{t.sample_count == 0 ? "–" : std::to_string(t.sample_count)}; });
  add("Overhead of a stage", [&](const T& t) { return ms(t.stage_overhead_ms); });
  add("In no layer's kernel", [&](const T& t) { return ms(t.unattributed_ms); });
  add("Loading", [&](const T& t) { return ms(t.load_ms); });
  add("Memory, loaded", [&](const T& t) { return bytes(t.resident_bytes); });
  add("Memory, at most", [&](const T& t) { return bytes(t.peak_bytes); });
  return "<section>\n<h2>Targets</h2>\n" +
         element("p", "Intervals: 95 % of the median where measured, 90 % where predicted.") + table.html() +
         "</section>\n";
}

std::string links_section(const ProfilePage& page) {
  if (page.links.empty()) return {};
  HtmlTable table({"Link", ">Round trip", ">Jitter", ">There", ">Back"});
  const auto cell = [&](const PageReading& reading, const std::string& text) {
    const bool has_age = reading.measured_at_s > 0 && page.made_at_s > 0;
    const auto age = has_age ? human_duration(page.made_at_s - reading.measured_at_s) + " old" : "";
    return Cell{text, reading.source + (reading.source.empty() || !has_age ? "" : ", ") + age};
  };
  const auto ms = [&](const PageReading& reading) { return cell(reading, human_ms(reading.value)); };
  const auto mbps = [&](const PageReading& reading) {
    return cell(reading, fmt::format("{:.3g} Mbit/s", reading.value));
  };
  for (const auto& link : page.links) {
    table.add({{link.from + " → " + link.to},
               ms(link.round_trip_ms),
               ms(link.jitter_ms),
               mbps(link.upload_mbps),
               mbps(link.download_mbps)});
  }
  return "<section>\n<h2>Links</h2>\n" +
         element("p",
                 "Round trips of small frames, goodput of large ones. Jitter is the middle half of the round trips.") +
         table.html() + "</section>\n";
}

base::Json to_json(const PageLayer& layer) {
  const auto bytes = layer.bytes_after ? base::Json(*layer.bytes_after) : base::Json();
  return {{"name", layer.name}, {"op_type", layer.op_type}, {"bytes_after", bytes}, {"cut_tensors", layer.cut_tensors}};
}

base::Json to_json(const PageTarget& target) {
  return {{"name", target.name},         {"is_predicted", target.is_predicted},
          {"whole_ms", target.whole.ms}, {"stage_overhead_ms", target.stage_overhead_ms},
          {"layer_ms", target.layer_ms}, {"kernel_first", kernels_of(target)}};
}

base::Json to_json(const PageCheck& check) {
  return {{"target", check.target},
          {"layers", check.layers},
          {"measured", to_json(check.measured)},
          {"predicted_ms", check.predicted_ms}};
}

template <class T>
base::Json to_json(const std::vector<T>& items) {
  auto array = base::Json::array();
  for (const auto& item : items) array.push_back(to_json(item));
  return array;
}

}  // namespace

std::string to_html(const ProfilePage& page) {
  check(page);
  const auto plans = best_first(page.plans);
  Page html{page.model + " – Tandem profile"};
  html.body = "<main>\n" + head(page, plans) + plans_section(plans) + layers_section(page) + kernels_section(page) +
              checks_section(page.checks) + targets_section(page.targets) + links_section(page) + footer() +
              "</main>\n";
  html.data = {{"layers", to_json(page.layers)},
               {"targets", to_json(page.targets)},
               {"plans", to_json(plans)},
               {"checks", to_json(page.checks)}};
  html.scripts = {plan_bars_script(), profile_script()};
  return assemble(html);
}

}  // namespace tandem::report
