#include "cli/request_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/figures.h"
#include "base/statistics.h"
#include "cli/codec_report.h"
#include "cli/table.h"
#include "plan/problem/plan_json.h"

namespace tandem::cli {
namespace {

using workspace::LiveRequest;
using workspace::Request;
using workspace::RequestSummary;

double predicted_share(const plan::Plan& plan, const std::string& exit) {
  const auto found = std::ranges::find(plan.exits, exit, &plan::PlanExit::name);
  return found == plan.exits.end() ? 0 : found->share;
}

bool has_exits(const plan::Plan* plan) {
  return plan != nullptr && !plan->exits.empty();
}

base::Json stops_json(const RequestSummary& summary, const plan::Plan* plan) {
  base::Json list = base::Json::array();
  for (const auto& [exit, stops] : summary.stops) {
    base::Json entry = {{"exit", exit}, {"share", summary.percent(stops) / 100}};
    if (has_exits(plan)) entry["predicted_share"] = predicted_share(*plan, exit);
    list.push_back(std::move(entry));
  }
  return list;
}

std::string latency_text(const RequestSummary& summary, const plan::Plan* plan) {
  if (summary.latencies_ms.empty()) return "";
  return fmt::format("latency: median {} ms, 95th percentile {} ms{}\n",
                     base::ms_number(base::median(summary.latencies_ms)),
                     base::ms_number(base::quantile(summary.latencies_ms, 0.95)),
                     plan != nullptr ? fmt::format(", predicted {} ms", base::ms_number(plan->latency_ms)) : "");
}

std::string stops_text(const RequestSummary& summary, const plan::Plan* plan) {
  Table stops({"exit", ">stopped here", ">predicted"});
  for (const auto& [exit, count] : summary.stops) {
    stops.add({exit, fmt::format("{:.1f} %", summary.percent(count)),
               has_exits(plan) ? fmt::format("{:.1f} %", 100 * predicted_share(*plan, exit)) : "–"});
  }
  return stops.text();
}

std::vector<Request> outcomes_of(const std::vector<LiveRequest>& requests) {
  std::vector<Request> outcomes;
  for (const auto& request : requests) outcomes.push_back(request.outcome);
  return outcomes;
}

base::Json json_of(const LiveRequest& request) {
  const Request& outcome = request.outcome;
  return {{"bandwidth_mbps", request.bandwidth_mbps},
          {"plan", request.plan.summary()},
          {"exit", outcome.exit},
          {"is_right", outcome.is_right},
          {"predicted_ms", request.plan.latency_ms},
          {"is_predicted_in_time", request.is_predicted_in_time},
          {"measured_ms", outcome.is_in_time ? base::Json(outcome.latency_ms) : base::Json()},
          {"is_in_time", outcome.is_in_time},
          {"is_rescued", request.is_rescued}};
}

std::vector<std::string> row_of(const LiveRequest& request) {
  const Request& outcome = request.outcome;
  return {fmt::format("{:.3g}", request.bandwidth_mbps),
          request.plan.summary() + text_of_codecs(request.plan),
          outcome.exit,
          base::ms_number(request.plan.latency_ms),
          outcome.is_in_time ? base::ms_number(outcome.latency_ms) : "–",
          request.is_rescued   ? "by the device alone"
          : outcome.is_in_time ? "yes"
                               : "no"};
}

}  // namespace

base::Json json_of(const std::vector<Request>& requests, const plan::Plan* plan) {
  const RequestSummary summary = workspace::summary_of(requests);
  const auto interval = summary.right_interval();
  base::Json json = {{"requests", summary.count},
                     {"in_time_percent", summary.in_time_percent()},
                     {"right_in_time_percent", summary.right_percent()},
                     {"right_low_percent", interval.low},
                     {"right_high_percent", interval.high},
                     {"latency_ms", summary.latencies_ms},
                     {"exits", stops_json(summary, plan)}};
  if (plan == nullptr) return json;
  if (has_exits(plan)) json["predicted_right_percent"] = plan->accuracy;
  json["predicted_ms"] = plan->latency_ms;
  json["plan"] = plan::to_json(*plan, "ms");
  return json;
}

std::string text_of(const std::vector<Request>& requests, const plan::Plan* plan) {
  const RequestSummary summary = workspace::summary_of(requests);
  const auto interval = summary.right_interval();
  return fmt::format("{}: {:.1f} % in time, {:.2f} % right and in time (95 %: {:.2f}–{:.2f}{})\n",
                     base::counted(summary.count, "request"), summary.in_time_percent(), summary.right_percent(),
                     interval.low, interval.high,
                     has_exits(plan) ? fmt::format("; predicted {:.2f}", plan->accuracy) : "") +
         latency_text(summary, plan) + stops_text(summary, plan);
}

base::Json json_of(const std::vector<LiveRequest>& requests) {
  base::Json json = json_of(outcomes_of(requests), nullptr);
  json["rows"] = base::Json::array();
  for (const auto& request : requests) json["rows"].push_back(json_of(request));
  return json;
}

std::string text_of(const std::vector<LiveRequest>& requests) {
  Table table({">Mbit/s", "|plan", "exit", ">predicted ms", ">measured ms", "in time"});
  for (const auto& request : requests) table.add(row_of(request));
  const auto rescued = std::ranges::count(requests, true, &LiveRequest::is_rescued);
  return fmt::format("{}{}answered by the first target alone, since the link failed: {}\n", table.text(),
                     text_of(outcomes_of(requests), nullptr),
                     base::counted(static_cast<std::size_t>(rescued), "request"));
}

}  // namespace tandem::cli
