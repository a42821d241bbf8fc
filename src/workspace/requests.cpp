#include "workspace/requests.h"

#include <fmt/format.h>
#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <span>

#include "base/error.h"
#include "base/progress.h"
#include "base/statistics.h"
#include "cli/table.h"
#include "data/adapter.h"
#include "data/read.h"
#include "engine/verify.h"
#include "exits/thresholds.h"
#include "plan/problem/plan_json.h"

namespace tandem::cli {
namespace {

using base::Error;
using base::ErrorKind;

std::int64_t guess_of(const base::Tensor& answer) {
  const auto values = answer.values<float>();
  return std::ranges::max_element(values) - values.begin();
}

// A missed deadline is an outcome; anything else that fails ends the run.
Request outcome_of(const base::Result<deploy::Answer>& answer, std::int64_t label) {
  if (!answer) {
    if (answer.error().kind() != ErrorKind::DeadlineExceeded) throw Error(answer.error());
    return {"", false, false, 0};
  }
  const auto& last = answer.value().outputs.back();
  return {last.name, guess_of(last.tensor) == label, true, answer.value().latency_ms};
}

struct Summary {
  std::size_t right = 0;  // and in time
  std::size_t in_time = 0;
  std::vector<double> latencies_ms;
  std::map<std::string, std::size_t> stops;
};

Summary summary_of(const std::vector<Request>& requests) {
  Summary summary;
  for (const auto& request : requests) {
    if (!request.is_in_time) continue;
    ++summary.in_time;
    summary.right += request.is_right ? 1 : 0;
    summary.latencies_ms.push_back(request.latency_ms);
    ++summary.stops[request.exit];
  }
  return summary;
}

double percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

double predicted_share(const plan::Plan& plan, const std::string& exit) {
  const auto found = std::ranges::find(plan.exits, exit, &plan::PlanExit::name);
  return found == plan.exits.end() ? 0 : found->share;
}

bool has_exits(const plan::Plan* plan) {
  return plan != nullptr && !plan->exits.empty();
}

}  // namespace

void DataFlags::add_to(CLI::App& command, bool is_required) {
  command
      .add_option("--data", data, "fashion-mnist, or a folder with IDX, CIFAR, .npy or picture files (docs/formats.md)")
      ->required(is_required);
  command
      .add_option_function<std::string>(
          "--pixels", [this](const std::string& name) { pixels = data::parse_pixel_format(name); },
          "How a data set's bytes become numbers: symmetric, unit, none, imagenet")
      ->default_str(data::name_of(pixels));
  command.add_option("--limit", limit, "Use at most so many samples of each part, chosen at random (default: all)");
}

std::string DataFlags::key() const {
  return limit == 0 ? data : fmt::format("{} ({} samples a part)", data, limit);
}

data::Dataset DataFlags::read(const model::Model& model) const {
  auto options = data::options_for(model.graph().tensors[model.graph().inputs.at(0)].type.shape);
  options.limit = limit;
  auto dataset = data::read(data, options);
  dataset.name = key();
  return dataset;
}

std::vector<Request> run_requests(const model::Model& model, const data::Dataset& dataset, const DataFlags& flags,
                                  std::size_t count, const Ask& ask) {
  const auto input = engine::input_types(model).at(0);
  const data::Part& test = dataset.test;
  const data::Adapter adapter(test.sample_shape(), test.samples.element(), input.type, flags.pixels);
  base::ProgressBar progress;
  std::vector<Request> requests;
  for (std::size_t i = 0; i < count; ++i) {
    progress.show("running requests", static_cast<double>(i) / static_cast<double>(count));
    const std::size_t sample = i * test.count() / count;
    requests.push_back(
        outcome_of(ask({{input.name, adapter.batch(test, std::span(&sample, 1))}}), test.labels[sample]));
  }
  return requests;
}

base::Json json_of(const std::vector<Request>& requests, const plan::Plan* plan) {
  const Summary summary = summary_of(requests);
  const auto interval = base::binomial_interval(summary.right, requests.size());
  base::Json json = {{"requests", requests.size()},
                     {"in_time_percent", percent(summary.in_time, requests.size())},
                     {"right_in_time_percent", percent(summary.right, requests.size())},
                     {"right_low_percent", interval.low},
                     {"right_high_percent", interval.high},
                     {"latency_ms", summary.latencies_ms},
                     {"exits", base::Json::array()}};
  for (const auto& [exit, stops] : summary.stops) {
    base::Json entry = {{"exit", exit}, {"share", percent(stops, requests.size()) / 100}};
    if (has_exits(plan)) entry["predicted_share"] = predicted_share(*plan, exit);
    json["exits"].push_back(std::move(entry));
  }
  if (plan == nullptr) return json;
  if (has_exits(plan)) json["predicted_right_percent"] = plan->accuracy;
  json["predicted_ms"] = plan->latency_ms;
  json["plan"] = plan::to_json(*plan, "ms");
  return json;
}

std::string text_of(const std::vector<Request>& requests, const plan::Plan* plan) {
  const Summary summary = summary_of(requests);
  const auto interval = base::binomial_interval(summary.right, requests.size());
  std::string text = fmt::format("{} requests: {:.1f} % in time, {:.2f} % right and in time (95 %: {:.2f}–{:.2f}{})\n",
                                 requests.size(), percent(summary.in_time, requests.size()),
                                 percent(summary.right, requests.size()), interval.low, interval.high,
                                 has_exits(plan) ? fmt::format("; predicted {:.2f}", plan->accuracy) : "");
  if (!summary.latencies_ms.empty()) {
    text +=
        fmt::format("latency: median {} ms, 95th percentile {} ms{}\n", human_ms(base::median(summary.latencies_ms)),
                    human_ms(base::quantile(summary.latencies_ms, 0.95)),
                    plan != nullptr ? fmt::format(", predicted {} ms", human_ms(plan->latency_ms)) : "");
  }
  Table stops({"exit", ">stopped here", ">predicted"});
  for (const auto& [exit, count] : summary.stops) {
    stops.add({exit, fmt::format("{:.1f} %", percent(count, requests.size())),
               has_exits(plan) ? fmt::format("{:.1f} %", 100 * predicted_share(*plan, exit)) : "–"});
  }
  return text + stops.text();
}

}  // namespace tandem::cli
