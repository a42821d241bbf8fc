#include "edgent_page.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "assets.h"
#include "report/page.h"
#include "report/page_plan.h"

namespace tandem::edgent {
namespace {

using namespace report;
using base::Json;

constexpr const char* kOwn = "Tandem";

double number(const Json& object, const char* key) {
  return object.at(key).get<double>();
}

std::string text(const Json& object, const char* key) {
  const auto& value = object.at(key);
  return value.is_null() ? "–" : value.get<std::string>();
}

std::string ms(const Json& object, const char* key) {
  const auto& value = object.at(key);
  return value.is_null() ? "–" : human_ms(value.get<double>());
}

// Of what was set, not measured: "50 ms" rather than "50.0 ms".
std::string given_ms(const Json& value) {
  const double milliseconds = value.get<double>();
  return milliseconds < 9995 ? fmt::format("{:.4g} ms", milliseconds) : human_ms(milliseconds);
}

// One digit more than human_percent() shows: accuracies differ by less than a point.
std::string percent(double value) {
  return std::isfinite(value) ? fmt::format("{:.1f} %", value) : "–";
}

std::string percent(const Json& object, const char* key) {
  const auto& value = object.at(key);
  return value.is_null() ? "–" : percent(value.get<double>());
}

std::string mbps(const Json& value) {
  return fmt::format("{:.3g} Mbit/s", value.get<double>());
}

template <class Predicate>
const Json* find(const Json& items, Predicate&& is_wanted) {
  const auto found = std::find_if(items.begin(), items.end(), is_wanted);
  return found == items.end() ? nullptr : &*found;
}

// What a method's cells come to over all bandwidths and deadlines.
struct Summary {
  std::string method;
  std::string about;
  double in_time_percent = 0;
  double right_in_time_percent = 0;
};

double mean(const Json& cells, const std::string& method, const char* key) {
  double sum = 0;
  std::size_t count = 0;
  for (const auto& cell : cells) {
    if (cell.at("method") != method) continue;
    sum += number(cell, key);
    ++count;
  }
  return count == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(count);
}

std::vector<Summary> summaries_of(const Json& experiment) {
  std::vector<Summary> summaries;
  const auto& cells = experiment.at("cells");
  for (const auto& method : experiment.at("methods")) {
    const auto name = text(method, "name");
    summaries.push_back({name, text(method, "about"), mean(cells, name, "in_time_percent"),
                         mean(cells, name, "right_in_time_percent")});
  }
  return summaries;
}

const Summary* own_of(const std::vector<Summary>& summaries) {
  const auto found = std::find_if(summaries.begin(), summaries.end(), [](const auto& s) { return s.method == kOwn; });
  return found == summaries.end() ? nullptr : &*found;
}

// Not ours, of those that have cells.
const Summary* best_other(const std::vector<Summary>& summaries) {
  const Summary* best = nullptr;
  for (const auto& summary : summaries) {
    if (summary.method == kOwn || std::isnan(summary.right_in_time_percent)) continue;
    if (best == nullptr || summary.right_in_time_percent > best->right_in_time_percent) best = &summary;
  }
  return best;
}

const Json* tightest_of(const Json& experiment, const Json& bandwidth, const std::string& method) {
  return find(experiment.at("tightest"),
              [&](const Json& entry) { return entry.at("mbps") == bandwidth && entry.at("method") == method; });
}

// The tightest that a method other than ours meets.
const Json* tightest_other(const Json& experiment, const Json& bandwidth) {
  const Json* best = nullptr;
  for (const auto& entry : experiment.at("tightest")) {
    if (entry.at("mbps") != bandwidth || entry.at("method") == kOwn || entry.at("deadline_ms").is_null()) continue;
    if (best == nullptr || entry.at("deadline_ms") < best->at("deadline_ms")) best = &entry;
  }
  return best;
}

const Json* middle_of(const Json& values) {
  return values.empty() ? nullptr : &values.at(values.size() / 2);
}

std::string right_tile(const std::vector<Summary>& summaries) {
  const auto* own = own_of(summaries);
  const auto* other = best_other(summaries);
  if (own == nullptr) return {};
  return tile("Right within the deadline", percent(own->right_in_time_percent),
              "mean over all links and deadlines" +
                  (other == nullptr
                       ? ""
                       : fmt::format("; best other: {}, {}", other->method, percent(other->right_in_time_percent))));
}

std::string tightest_tile(const Json& experiment) {
  const auto* bandwidth = middle_of(experiment.at("bandwidths_mbps"));
  const auto* own = bandwidth == nullptr ? nullptr : tightest_of(experiment, *bandwidth, kOwn);
  if (own == nullptr) return {};
  const auto* other = tightest_other(experiment, *bandwidth);
  const auto& deadline = own->at("deadline_ms");
  return tile("Tightest deadline at " + mbps(*bandwidth), deadline.is_null() ? "none" : given_ms(deadline),
              other == nullptr
                  ? "no other method meets any"
                  : fmt::format("best other: {}, {}", text(*other, "method"), given_ms(other->at("deadline_ms"))));
}

std::string tiles(const Json& experiment, const std::vector<Summary>& summaries) {
  const auto& prediction = experiment.at("prediction");
  std::string html = right_tile(summaries) + tightest_tile(experiment);
  html += tile("Median error of predictions", percent(prediction, "median_error_percent"),
               fmt::format("95th percentile {}, {}", percent(prediction, "p95_error_percent"),
                           count_of(prediction.at("runs").size(), "plan")));
  if (const auto& trace = experiment.at("trace"); !trace.is_null()) {
    html += tile("Promised deadlines kept on a changing link", percent(trace, "met_percent"),
                 fmt::format("{} of {}", trace.at("met").get<std::size_t>(),
                             count_of(trace.at("predicted_in_time").get<std::size_t>(), "request")));
  }
  return "<dl class=\"tiles\">\n" + html + "</dl>\n";
}

std::string head(const Json& experiment, const std::vector<Summary>& summaries) {
  const auto measured = fmt::format(
      "{} on {} · {}, {} · the whole network takes {} on the device, {} on the edge · round trip {} · medians of {} · "
      "measured {}",
      text(experiment, "model"), text(experiment, "data"),
      count_of(experiment.at("layers").get<std::size_t>(), "layer"), count_of(experiment.at("exits").size(), "exit"),
      ms(experiment, "device_ms"), ms(experiment, "edge_ms"), ms(experiment, "round_trip_ms"),
      count_of(experiment.at("requests").get<std::size_t>(), "request"),
      human_time(experiment.at("measured_at_s").get<std::int64_t>()));
  return "<header>\n<p class=\"kicker\">Tandem experiment</p>\n<h1>Edgent's questions: which exit, which cut, under a "
         "deadline</h1>\n<p class=\"facts\">" +
         escape_markup(measured) + "</p>\n" + no_script_note() + tiles(experiment, summaries) + "</header>\n";
}

// Whichever method it is.
std::string methods_title(std::vector<Summary> summaries) {
  std::erase_if(summaries, [](const Summary& summary) { return std::isnan(summary.right_in_time_percent); });
  std::stable_sort(summaries.begin(), summaries.end(), [](const Summary& a, const Summary& b) {
    return a.right_in_time_percent > b.right_in_time_percent;
  });
  if (summaries.size() < 2) return "The methods";
  return fmt::format("{} answers {} of requests rightly within their deadline; {} comes next with {}",
                     summaries[0].method, percent(summaries[0].right_in_time_percent), summaries[1].method,
                     percent(summaries[1].right_in_time_percent));
}

std::string methods_section(const std::vector<Summary>& summaries) {
  HtmlTable table({"Method", "What it does", ">In time", ">Right within the deadline"});
  for (const auto& summary : summaries) {
    table.add({{summary.method},
               {summary.about},
               {percent(summary.in_time_percent)},
               {percent(summary.right_in_time_percent)}});
  }
  return "<section>\n" + element("h2", methods_title(summaries)) +
         element("p",
                 "Means over all pairs of a bandwidth and a deadline that were tried, each pair counting alike. A "
                 "request that has no answer by its deadline counts as wrong.") +
         table.html() + "</section>\n";
}

// A box to choose one of `values` in, the middle one at first. Its id is that of the chart and "-choice".
template <class Show>
std::string choice(const std::string& chart_id, const std::string& label, const Json& values, Show&& show) {
  std::string options;
  for (const auto& value : values) {
    options += fmt::format("<option value=\"{}\"{}>{}</option>\n", escape_markup(value.dump()),
                           &value == middle_of(values) ? " selected" : "", escape_markup(show(value)));
  }
  return fmt::format("<label class=\"choice\">{} <select id=\"{}-choice\" autocomplete=\"off\">\n{}</select></label>\n",
                     escape_markup(label), chart_id, options);
}

std::string bandwidth_choice(const std::string& chart_id, const Json& experiment) {
  return choice(chart_id, "Bandwidth", experiment.at("bandwidths_mbps"), mbps);
}

std::string deadline_choice(const std::string& chart_id, const Json& experiment) {
  return choice(chart_id, "Deadline", experiment.at("deadlines_ms"), given_ms);
}

std::string choices_sections(const Json& experiment) {
  constexpr const char* kHow =
      "Above, the deepest exit that a request may reach; below, how many layers run on the device before the rest is "
      "left to the edge. A gap below: there is no plan for the deadline. Lines that coincide are drawn a few pixels "
      "apart. Click a name to show or hide it.";
  return "<section>\n<h2>Exit and cut as the link gets faster</h2>\n" + element("p", kHow) +
         deadline_choice("by-bandwidth", experiment) +
         chart("by-bandwidth", "Steps: the exit and the cut of each method over bandwidth") +
         "</section>\n<section>\n<h2>Exit and cut as the deadline gets longer</h2>\n" + element("p", kHow) +
         bandwidth_choice("by-deadline", experiment) +
         chart("by-deadline", "Steps: the exit and the cut of each method over the deadline") + "</section>\n";
}

std::string tightest_table(const Json& experiment) {
  std::vector<std::string> headings{">Mbit/s"};
  for (const auto& method : experiment.at("methods")) headings.push_back(fmt::format(">{}", text(method, "name")));
  HtmlTable table(headings);
  for (const auto& bandwidth : experiment.at("bandwidths_mbps")) {
    std::vector<Cell> row{{fmt::format("{:.3g}", bandwidth.get<double>())}};
    for (const auto& method : experiment.at("methods")) {
      const auto* entry = tightest_of(experiment, bandwidth, text(method, "name"));
      const bool is_met = entry != nullptr && !entry->at("deadline_ms").is_null();
      row.push_back(is_met ? Cell{given_ms(entry->at("deadline_ms")), percent(*entry, "accuracy_percent")} : Cell{"–"});
    }
    table.add(row);
  }
  return table.html();
}

std::string tightest_section(const Json& experiment) {
  return "<section>\n<h2>The tightest deadline that each method meets</h2>\n" +
         element("p",
                 "Lower is better. What it costs stands in the table: the share of right answers at that deadline, "
                 "small behind each figure. –: no deadline that was tried is met.") +
         chart("tightest", "Lines: the tightest deadline that each method meets over bandwidth") +
         folded("Tightest deadlines, and the accuracy there, as a table", experiment.at("bandwidths_mbps").size(),
                tightest_table(experiment)) +
         "</section>\n";
}

const Json* cell_of(const Json& experiment, const Json& bandwidth, const Json& deadline, const std::string& method) {
  return find(experiment.at("cells"), [&](const Json& cell) {
    return cell.at("method") == method && cell.at("mbps") == bandwidth && cell.at("deadline_ms") == deadline;
  });
}

std::string exits_table(const Json& experiment) {
  std::vector<std::string> headings{">Mbit/s"};
  for (const auto& deadline : experiment.at("deadlines_ms")) headings.push_back(given_ms(deadline));
  HtmlTable table(headings);
  for (const auto& bandwidth : experiment.at("bandwidths_mbps")) {
    std::vector<Cell> row{{fmt::format("{:.3g}", bandwidth.get<double>())}};
    for (const auto& deadline : experiment.at("deadlines_ms")) {
      const auto* cell = cell_of(experiment, bandwidth, deadline, kOwn);
      const bool has_plan = cell != nullptr && !cell->at("exit").is_null();
      row.push_back(!has_plan ? Cell{"–"} : Cell{text(*cell, "exit"), percent(*cell, "right_in_time_percent")});
    }
    table.add(row);
  }
  return table.html();
}

std::string accuracy_section(const Json& experiment) {
  return "<section>\n<h2>Right answers within the deadline</h2>\n" +
         element("p",
                 "The share of requests that are answered in time and rightly, as the deadline gets longer. Click a "
                 "name to show or hide it.") +
         bandwidth_choice("accuracy", experiment) +
         chart("accuracy", "Lines: requests answered rightly within the deadline, of each method") +
         folded("Exits that Tandem may stop at, and its right answers in time, for each link and deadline",
                experiment.at("bandwidths_mbps").size(), exits_table(experiment)) +
         "</section>\n";
}

std::string error_of(const Json& run) {
  return report::error_of(number(run, "predicted_ms"), {number(run, "measured_ms")});
}

std::string prediction_section(const Json& experiment) {
  const auto& prediction = experiment.at("prediction");
  HtmlTable table({">Mbit/s", "Plan", ">Predicted", ">Measured", ">Error"});
  for (const auto& run : prediction.at("runs")) {
    table.add({{fmt::format("{:.3g}", number(run, "mbps"))},
               {text(run, "plan")},
               {ms(run, "predicted_ms")},
               {ms(run, "measured_ms"), ms(run, "low_ms") + " to " + ms(run, "high_ms")},
               {error_of(run)}});
  }
  return "<section>\n" +
         element("h2",
                 fmt::format("Predicted latencies miss by {} in the median, by {} at the 95th percentile",
                             percent(prediction, "median_error_percent"), percent(prediction, "p95_error_percent"))) +
         element("p",
                 "Each point is a plan on a link, a thin line the interval of what was measured. A right prediction "
                 "stands on the diagonal, and on zero in the second chart.") +
         chart("prediction", "Points: predicted against measured latency of plans") +
         folded("Plans that were run as a table", prediction.at("runs").size(), table.html()) + "</section>\n";
}

std::string outcome_of(const Json& row) {
  const auto when = !row.at("is_in_time").get<bool>() ? "missed" : "in time";
  return fmt::format("{}, {}{}", when, row.at("is_right").get<bool>() ? "right" : "wrong",
                     row.at("is_rescued").get<bool>() ? ", rescued" : "");
}

std::string trace_table(const Json& trace) {
  HtmlTable table({">Request", ">At", ">Link", ">As estimated", "Plan", "Exit", ">Predicted", ">Measured", "Outcome"});
  std::size_t count = 0;
  std::size_t request = 0;
  const auto speed = [](const Json& value) { return value.is_null() ? "–" : mbps(value); };
  for (const auto& row : trace.at("rows")) {
    ++request;
    if (row.at("is_in_time").get<bool>() && !row.at("is_rescued").get<bool>()) continue;
    ++count;
    table.add({{std::to_string(request)},
               {fmt::format("{:.1f} s", number(row, "at_s"))},
               {speed(row.at("mbps"))},
               {speed(row.at("seen_mbps"))},
               {text(row, "plan")},
               {text(row, "exit")},
               {ms(row, "predicted_ms")},
               {ms(row, "measured_ms")},
               {outcome_of(row)}});
  }
  if (count == 0) return "<p>No request missed its deadline, none had to be rescued.</p>\n";
  return folded("Requests that missed the deadline or were rescued, as a table", count, table.html());
}

std::string trace_section(const Json& trace) {
  if (trace.is_null()) return {};
  const auto requests = trace.at("requests").get<std::size_t>();
  return "<section>\n" +
         element("h2", fmt::format("On a changing link {} of what was promised within {} was there in time",
                                   percent(trace, "met_percent"), given_ms(trace.at("deadline_ms")))) +
         element(
             "p",
             fmt::format(
                 "The link: {}. {} of {} requests were predicted to be in time, {} were; {} were answered in time and "
                 "rightly. Above, the bandwidth of the link and what was thought of it when each request "
                 "was planned; below, what requests took. A rescued request was answered by the device "
                 "alone when the link had let it down; without any answer it stands at the top. Drag the "
                 "handles below to look closer.",
                 text(trace, "source"), trace.at("predicted_in_time").get<std::size_t>(), requests,
                 trace.at("met").get<std::size_t>(), percent(trace, "right_percent"))) +
         chart("trace", "Lines: bandwidth over time. Points: latency of each request, and the deadline") +
         trace_table(trace) + "</section>\n";
}

}  // namespace

std::string edgent_page(const Json& experiment) {
  const auto summaries = summaries_of(experiment);
  Page page{text(experiment, "model") + " – exit and cut under a deadline", {page_style()}};
  page.body = "<main>\n" + head(experiment, summaries) + methods_section(summaries) + choices_sections(experiment) +
              tightest_section(experiment) + accuracy_section(experiment) + prediction_section(experiment) +
              trace_section(experiment.at("trace")) + footer() + "</main>\n";
  page.data = experiment;
  page.scripts = {page_script()};
  return assemble(page);
}

}  // namespace tandem::edgent
