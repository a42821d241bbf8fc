// Edgent's questions (Li et al. 2018 and 2020: at which exit to stop and where to cut, for a deadline and a bandwidth),
// asked of live processes. README.md says what it prints and writes.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/progress.h"
#include "base/unix_time.h"
#include "cli/command_line.h"
#include "edgent_page.h"
#include "grid.h"
#include "methods.h"
#include "replay.h"
#include "world.h"

namespace tandem::edgent {
namespace {

struct Options {
  Setting world;
  GridSetting grid;
  ReplaySetting replay;
  std::string json;
  std::string html;
};

base::Json describe(World& world) {
  base::Json methods_json = base::Json::array();
  for (const auto& method : methods()) methods_json.push_back({{"name", method.name}, {"about", method.about}});
  const plan::Problem problem = world.problem();
  const auto native_ms = [&](const std::string& method) {
    const auto& all = methods();
    const auto found = std::ranges::find(all, method, &Method::name);
    const auto plan = found->choose(problem, 1e9);
    return plan ? plan->stages.back().compute_ms : 0;
  };
  return {{"format", "tandem.edgent"},
          {"version", 1},
          {"model", world.machines().model().name()},
          {"data", world.data_name()},
          {"measured_at_s", base::unix_time_s()},
          {"device_ms", native_ms("device only")},
          {"edge_ms", native_ms("edge only")},
          {"round_trip_ms", problem.links.at(0).round_trip_ms},
          {"methods", methods_json},
          {"layers", world.machines().model().graph().layers.size()},
          {"exits", world.exits()}};
}

std::string text_of(const base::Json& number, const char* format) {
  return number.is_null() ? "–" : fmt::format(fmt::runtime(format), number.get<double>());
}

void print_tightest(const base::Json& report) {
  fmt::print("\nthe tightest deadline that 95 % of the requests keep, ms (right on the test part, %)\n{:>8}", "Mbit/s");
  for (const auto& method : methods()) fmt::print("  {:>20}", method.name);
  for (std::size_t i = 0; i < report["tightest"].size(); ++i) {
    const auto& each = report["tightest"][i];
    if (i % methods().size() == 0) fmt::print("\n{:>8}", each["mbps"].get<double>());
    fmt::print("  {:>20}", fmt::format("{} ({})", text_of(each["deadline_ms"], "{:.0f}"),
                                       text_of(each["accuracy_percent"], "{:.2f}")));
  }
  fmt::print("\n");
}

void print_cells(const base::Json& report) {
  fmt::print("\nright and in time, % (exit; layers on the device)\n{:>8} {:>8}", "Mbit/s", "ms");
  for (const auto& method : methods()) fmt::print("  {:>20}", method.name);
  for (std::size_t i = 0; i < report["cells"].size(); ++i) {
    const auto& cell = report["cells"][i];
    if (i % methods().size() == 0)
      fmt::print("\n{:>8} {:>8}", cell["mbps"].get<double>(), cell["deadline_ms"].get<double>());
    const std::string choice = cell["plan"].is_null()
                                   ? "–"
                                   : fmt::format("{:.1f} ({}; {})", cell["right_in_time_percent"].get<double>(),
                                                 cell["depth"].get<int>(), cell["cut"].get<int>());
    fmt::print("  {:>20}", choice);
  }
  fmt::print("\n");
}

void print_sums(const base::Json& report) {
  const auto& prediction = report["prediction"];
  fmt::print("\npredicted against measured, {} plans and exits: median error {:.2f} %, 95th percentile {:.2f} %\n",
             prediction["runs"].size(), prediction["median_error_percent"].get<double>(),
             prediction["p95_error_percent"].get<double>());
  fmt::print("Edgent's own search, edge first: {} of {} best cuts lie inside of the network\n",
             report["edge_first"]["cuts_inside"].get<int>(), report["edge_first"]["searches"].get<int>());
  const auto& trace = report["trace"];
  if (trace.is_null()) return;
  fmt::print(
      "trace ({}), deadline {} ms: {} requests, {} predicted in time, of which {} were ({:.2f} %), {} by the device "
      "alone; right and in time {:.2f} %\n",
      trace["source"].get<std::string>(), trace["deadline_ms"].get<double>(), trace["requests"].get<int>(),
      trace["predicted_in_time"].get<int>(), trace["met"].get<int>(), trace["met_percent"].get<double>(),
      trace["rescued"].get<int>(), trace["right_percent"].get<double>());
}

void run(const Options& options) {
  base::ProgressBar bar;
  const auto progress = [&](const std::string& doing, double share) { bar.show(doing, share); };
  World world(options.world, progress);
  base::Json report = measure_grid(world, options.grid, progress);
  report.update(describe(world));
  report["bandwidths_mbps"] = options.grid.bandwidths_mbps;
  report["deadlines_ms"] = options.grid.deadlines_ms;
  report["requests"] = 0;
  for (const auto& cell : report["cells"])
    report["requests"] = std::max(report["requests"].get<int>(), cell["requests"].get<int>());
  report["trace"] = options.replay.requests > 0 ? replay_trace(world, options.replay, progress) : base::Json();
  if (!options.json.empty()) base::write_file(options.json, report.dump(1) + "\n");
  if (!options.html.empty()) base::write_file(options.html, edgent_page(report));
  print_cells(report);
  print_tightest(report);
  print_sums(report);
}

}  // namespace
}  // namespace tandem::edgent

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line(
      "Exit and cut against bandwidth and deadline, on live processes: a slow device, an edge and an emulated link; "
      "what Edgent asks, answered by seven methods");
  cli::Command application = command_line.root();
  edgent::Options options;
  options.world.model = "models/alexnet5-fashion-mnist.onnx";
  options.world.data = "fashion-mnist";
  options.grid.bandwidths_mbps = {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  options.grid.deadlines_ms = {50, 100, 200, 300, 500, 700, 1000, 1500, 2000};
  application.add_option("--model", options.world.model, "ONNX file with exits").show_default();
  application.add_option("--data", options.world.data, "As `tandem run --data`").show_default();
  application.add_option("--limit", options.world.limit, "Most samples of each part of the data (default: all)");
  application.add_option("--device-ms", options.world.device_ms, "What the network takes on the device").show_default();
  application.add_option("--edge-ms", options.world.edge_ms, "What it takes on the edge").show_default();
  application.add_option("--longest", options.world.longest_s, "Seconds of runs of one stage while profiling, at most")
      .show_default();
  application.add_option("--bandwidths", options.grid.bandwidths_mbps, "Mbit/s, both ways").separated_by_commas();
  application.add_option("--deadlines", options.grid.deadlines_ms, "ms").separated_by_commas();
  application.add_option("--seconds", options.grid.seconds, "Of requests by each plan, 12 to 60 of them")
      .show_default();
  application.add_option("--requests", options.replay.requests, "Over the trace; 0: none").show_default();
  application.add_option("--trace", options.replay.trace,
                         "File as `tandem link --trace` takes it (default: a random walk)");
  application.add_option("--trace-deadline", options.replay.deadline_ms,
                         "ms (default: 1.4 times what the first exit takes on the device)");
  application.add_option("--seed", options.replay.seed, "Of the random walk").show_default();
  application.add_option("--json", options.json, "File for everything that was measured");
  application.add_option("--html", options.html, "File for a page with plots");
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  try {
    edgent::run(options);
  } catch (const std::exception& failure) {
    return base::report_failure("edgent", failure);
  }
}
