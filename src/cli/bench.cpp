#include <fmt/format.h>
#include <CLI/App.hpp>
#include <nlohmann/json.hpp>

#include <memory>

#include "base/progress.h"
#include "base/statistics.h"
#include "cli/codec_report.h"
#include "cli/commands.h"
#include "cli/table.h"
#include "workspace/plan_choice.h"
#include "plan/problem/plan_json.h"

namespace tandem::cli {
namespace {

struct Flags {
  ModelFlags model;
  FleetFlags fleet;
  InputFlags input;
  PlanFlags plan;
  int runs = 50;
  bool json = false;
};

struct Series {
  plan::Plan plan;
  deploy::Route route;
  std::vector<double> samples_ms;
  std::string failure;
};

// The chosen plan and the native ones in turn, request by request, so that a drift of a machine touches all alike.
void measure(std::vector<Series>& all, deploy::Deployment& deployment, const std::vector<base::NamedTensor>& inputs,
             TransferWatch& watch, int runs) {
  base::ProgressBar progress;
  for (int run = -1; run < runs; ++run) {  // the first round warms up
    progress.show("running plans in turn", static_cast<double>(run + 1) / (runs + 1));
    for (auto& series : all) {
      if (!series.failure.empty()) continue;
      const auto answer = deployment.run(series.route, inputs);
      if (!answer) {
        series.failure = answer.error().message();
      } else if (run >= 0) {
        series.samples_ms.push_back(answer.value().latency_ms);
        watch.see(answer.value().hops);
      }
    }
  }
}

base::Json json_of(const Series& series) {
  base::Json json = {{"plan", plan::to_json(series.plan, "ms")},
                     {"predicted_ms", series.plan.latency_ms},
                     {"samples_ms", series.samples_ms}};
  if (!series.failure.empty()) json["failure"] = series.failure;
  if (series.samples_ms.empty()) return json;
  const auto interval = base::median_interval(series.samples_ms);
  json["median_ms"] = base::median(series.samples_ms);
  json["median_low_ms"] = interval.low;
  json["median_high_ms"] = interval.high;
  json["p95_ms"] = base::quantile(series.samples_ms, 0.95);
  json["p99_ms"] = base::quantile(series.samples_ms, 0.99);
  return json;
}

std::vector<std::string> row_of(const Series& series) {
  if (series.samples_ms.empty()) return {series.plan.summary(), human_ms(series.plan.latency_ms), series.failure};
  const auto interval = base::median_interval(series.samples_ms);
  return {series.plan.summary() + text_of_codecs(series.plan),
          human_ms(series.plan.latency_ms),
          human_ms(base::median(series.samples_ms)),
          fmt::format("{}–{}", human_ms(interval.low), human_ms(interval.high)),
          human_ms(base::quantile(series.samples_ms, 0.95)),
          human_ms(base::quantile(series.samples_ms, 0.99))};
}

void print(const std::vector<Series>& all, bool json) {
  base::Json list = base::Json::array();
  Table table({"plan", ">predicted ms", ">median ms", ">95 % interval", ">p95 ms", ">p99 ms"});
  for (const auto& series : all) {
    list.push_back(json_of(series));
    table.add(row_of(series));
  }
  json ? print_json({{"plans", list}}) : print_text(table.text());
}

void bench(const Flags& flags) {
  const auto engine = flags.model.make_engine();
  const model::Model model = flags.model.load(*engine);
  FleetAccess access(flags.fleet, *engine);
  const auto inputs = flags.input.read(model);
  const auto choice = flags.plan.choose(model, flags.fleet, access);
  std::vector<plan::Plan> plans = {choice.best};
  for (const auto& native : choice.native) {
    if (!(native == choice.best)) plans.push_back(native);
  }
  // Each plan is deployed by itself: stages must not be split into parts for the other plans' sake.
  const auto codecs = codec_descriptions(model, flags.fleet.open_store());
  std::vector<std::unique_ptr<deploy::Deployment>> deployments;
  std::vector<Series> all;
  for (const auto& each : plans) {
    deployments.push_back(std::make_unique<deploy::Deployment>(model, access.fleet(), access.targets(), codecs));
    all.push_back({each, deploy(*deployments.back(), {each}).at(0), {}, {}});
  }
  TransferWatch watch(flags.fleet, access.fleet());
  measure(all, *deployments.front(), inputs, watch, flags.runs);
  print(all, flags.json);
}

}  // namespace

void add_bench(CLI::App& application) {
  const auto flags = std::make_shared<Flags>();
  CLI::App* command = application.add_subcommand(
      "bench", "Time the chosen plan and every native plan in turn, and compare with what was predicted");
  flags->model.add_to(*command);
  flags->fleet.add_to(*command);
  flags->plan.add_to(*command);
  flags->input.add_to(*command);
  command->add_option("--runs", flags->runs, "Requests for each plan")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  add_json_flag(*command, flags->json);
  command->callback([flags] { bench(*flags); });
}

}  // namespace tandem::cli
