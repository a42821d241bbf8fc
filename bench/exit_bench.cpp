// What an exit costs where it is decided and where a request goes on, measured on two emulated targets, beside three
// definitions of a problem's exit_ms (docs/decisions/0040-exit-costs.md). A stage is timed in pairs of plans that
// differ in one point, in turn; a cost is the median over the rounds of the difference, with its 95 % interval.
//
//   exit_bench MODEL.onnx… [--runs 60] [--longest 2] [--device 6] [--json FILE]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>

#include "base/file.h"
#include "base/json.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "plan/make/exit_policies.h"
#include "two_targets.h"

namespace tandem::bench {
namespace {

constexpr double kAlwaysSure = 1e-9;  // thresholds: a confidence lies in [0, 1]
constexpr double kNeverSure = 2;

struct Options {
  std::vector<std::string> models;
  std::size_t runs = 60;
  double longest_s = 2;
  double device = 6;  // its slowdown
  std::string json;
};

using Layers = std::vector<char>;  // by layer: whether it is one of them

Layers needed_by(const model::Graph& graph, std::size_t last) {
  Layers needed(graph.layers.size(), 0);
  needed[last] = 1;
  for (std::size_t layer = last + 1; layer-- > 0;) {
    if (!needed[layer]) continue;
    for (const model::TensorId id : graph.layers[layer].inputs) {
      if (graph.tensors[id].producer != model::kNoLayer) needed[graph.tensors[id].producer] = 1;
    }
  }
  return needed;
}

std::vector<model::LayerRange> ranges_of(const Layers& layers) {
  std::vector<model::LayerRange> ranges;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    if (!layers[layer]) continue;
    if (ranges.empty() || ranges.back().last != layer) ranges.push_back({layer, layer});
    ++ranges.back().last;
  }
  return ranges;
}

// Two exits of a model, and the layers of their phases.
struct TwoExits {
  std::string early, last;
  Layers to_early, beyond, all;

  TwoExits(const model::Model& model, std::size_t exit) : early(model.exits()[exit]), last(model.exits().back()) {
    const auto layers = plan::layers_of_exits(model.graph(), {early, last});
    to_early = needed_by(model.graph(), layers[0]);
    beyond = needed_by(model.graph(), layers[1]);
    all = to_early;
    for (std::size_t layer = 0; layer < all.size(); ++layer) {
      beyond[layer] = beyond[layer] && !to_early[layer];
      all[layer] |= beyond[layer];
    }
  }

  // Of the tensors that the second phase reads of the first.
  double handed_megabytes(const model::Graph& graph) const {
    double bytes = 0;
    for (const auto& tensor : graph.tensors) {
      const bool is_made_before = tensor.producer != model::kNoLayer && to_early[tensor.producer];
      const bool is_read = std::ranges::any_of(tensor.consumers, [&](std::size_t layer) { return beyond[layer]; });
      if (is_made_before && is_read) bytes += static_cast<double>(tensor.size_bytes);
    }
    return bytes / 1e6;
  }

  // `here` on the device, `there` on the edge (none: the plan ends here). A threshold of 0: the early exit is not
  // decided.
  plan::Plan plan(const Layers& here, const Layers* there, double threshold, bool ends_early = false) const {
    plan::Plan plan;
    plan.policy = "measured";
    plan.confidence = "softmax";
    if (threshold > 0) plan.exits.push_back({early, 0.5, threshold, 1});
    plan.exits.push_back({ends_early ? early : last, 1, 0, 1});
    plan.stages.push_back({.target = "device", .ranges = ranges_of(here)});
    if (there != nullptr) plan.stages.push_back({.target = "edge", .ranges = ranges_of(*there)});
    return plan;
  }
};

// The plans of one pair of exits, at work.
struct Plans {
  Runner undecided, passed, alone, stopped, cut, cut_passed;

  Plans(TwoTargets& machines, const TwoExits& exits)
      : undecided(machines, exits.plan(exits.all, nullptr, 0)),
        passed(machines, exits.plan(exits.all, nullptr, kNeverSure)),
        alone(machines, exits.plan(exits.to_early, nullptr, 0, true)),
        stopped(machines, exits.plan(exits.all, nullptr, kAlwaysSure)),
        cut(machines, exits.plan(exits.to_early, &exits.beyond, 0)),
        cut_passed(machines, exits.plan(exits.to_early, &exits.beyond, kNeverSure)) {}

  std::vector<Runner*> all() { return {&undecided, &passed, &alone, &stopped, &cut, &cut_passed}; }

  // Each once, in a new order: which plan of a pair finds the caches warm is left to chance.
  void run(const std::vector<base::NamedTensor>& inputs, std::mt19937& random) {
    auto order = all();
    std::ranges::shuffle(order, random);
    for (Runner* each : order) each->run(inputs);
  }
};

// What a stage takes more, in two plans.
struct Situation {
  const char* name;
  const std::vector<double>&with_ms, &without_ms;
  double where_it_goes_on, where_decided, further_part;  // predictions, ms
};

base::Json row_of(const Situation& situation) {
  std::vector<double> more;
  for (std::size_t i = 0; i < situation.with_ms.size(); ++i)
    more.push_back(situation.with_ms[i] - situation.without_ms[i]);
  const auto interval = base::median_interval(more);
  return {{"situation", situation.name},
          {"measured_ms", base::median(more)},
          {"low_ms", interval.low},
          {"high_ms", interval.high},
          {"stage_ms", base::median(situation.without_ms)},
          {"where_it_goes_on_ms", situation.where_it_goes_on},
          {"where_decided_ms", situation.where_decided},
          {"further_part_ms", situation.further_part}};
}

base::Json rows_of(const Plans& plans, double device_ms, double edge_ms) {
  const auto compute_ms = [](const Runner& runner, std::size_t hop) -> const auto& {
    return runner.compute_ms[hop];
  };
  const Situation situations[] = {
      {"stops", compute_ms(plans.stopped, 0), compute_ms(plans.alone, 0), 0, device_ms, 0},
      {"goes on here", compute_ms(plans.passed, 0), compute_ms(plans.undecided, 0), device_ms, device_ms, device_ms},
      {"goes on there: here", compute_ms(plans.cut_passed, 0), compute_ms(plans.cut, 0), 0, device_ms, 0},
      {"goes on there: there", compute_ms(plans.cut_passed, 1), compute_ms(plans.cut, 1), edge_ms, 0, 0},
  };
  base::Json rows = base::Json::array();
  for (const auto& situation : situations) rows.push_back(row_of(situation));
  return rows;
}

base::Json measure_exit(TwoTargets& machines, std::size_t exit, std::size_t runs) {
  const TwoExits exits(machines.model(), exit);
  Plans plans(machines, exits);
  std::mt19937 random;
  plans.run(machines.inputs(), random);  // warms up
  for (Runner* each : plans.all()) {
    each->samples_ms.clear();
    each->compute_ms.clear();
  }
  for (std::size_t run = 0; run < runs; ++run) plans.run(machines.inputs(), random);
  const auto costs = machines.costs();  // exit_ms is taken to be the overhead of a stage
  const base::Json rows = rows_of(plans, costs.at(0).stage_overhead_ms, costs.at(1).stage_overhead_ms);
  const double decide_ms = (rows[0]["measured_ms"].get<double>() + rows[2]["measured_ms"].get<double>()) / 2;
  return {{"exit", machines.model().exits()[exit]},
          {"exit_ms", costs.at(0).stage_overhead_ms},
          {"deciding_ms", decide_ms},
          {"further_part_ms", rows[1]["measured_ms"].get<double>() - decide_ms},
          {"handing_ms", exits.handed_megabytes(machines.model().graph()) *
                             (costs.at(0).send_ms_per_mb + costs.at(0).receive_ms_per_mb)},
          {"situations", rows}};
}

base::Json measure(const std::string& model, const Options& options) {
  TwoTargets machines(model, {.device = options.device});
  profile::MeasurementSettings settings;
  settings.longest_ms = 1000 * options.longest_s;
  machines.profile(settings);
  base::Json exits = base::Json::array();
  for (std::size_t exit = 0; exit + 1 < machines.model().exits().size(); ++exit)
    exits.push_back(measure_exit(machines, exit, options.runs));
  return {{"model", model}, {"exits", exits}};
}

void print(const base::Json& exit) {
  const auto ms = [](const base::Json& row, const char* key) { return row[key].get<double>(); };
  fmt::print(
      "exit {}: deciding it {:.3f} ms, a further part {:.3f} ms; overhead of a stage {:.3f} ms, handing on {:.3f} ms\n",
      exit["exit"].get<std::string>(), ms(exit, "deciding_ms"), ms(exit, "further_part_ms"), ms(exit, "exit_ms"),
      ms(exit, "handing_ms"));
  for (const auto& row : exit["situations"]) {
    fmt::print("  {:<22} {:>9.3f} {:>9.3f} {:>9.3f} {:>9.3f} {:>11.3f} {:>10.3f} {:>10.3f}\n",
               row["situation"].get<std::string>(), ms(row, "stage_ms"), ms(row, "measured_ms"), ms(row, "low_ms"),
               ms(row, "high_ms"), ms(row, "where_it_goes_on_ms"), ms(row, "where_decided_ms"),
               ms(row, "further_part_ms"));
  }
  std::fflush(stdout);
}

void run(const Options& options) {
  base::Json all = base::Json::array();
  fmt::print("more ms for an exit, by where a request goes on\n  {:<22} {:>9} {:>9} {:>9} {:>9} {:>11} {:>10} {:>10}\n",
             "request", "stage", "measured", "low", "high", "goes on at", "decided at", "parts");
  for (const auto& model : options.models) {
    all.push_back(apart([&] { return measure(model, options); }));
    fmt::print("{}\n", all.back()["model"].get<std::string>());
    for (const auto& exit : all.back()["exits"]) print(exit);
    if (!options.json.empty()) base::write_file(options.json, all.dump(1) + "\n");
  }
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("What exits cost on agents, beside definitions of their cost");
  cli::Command application = command_line.root();
  bench::Options options;
  application.add_option("models", options.models, "Models with exits").required();
  application.add_option("--runs", options.runs, "Of each plan");
  application.add_option("--longest", options.longest_s, "As in `tandem profile --longest`, in seconds");
  application.add_option("--device", options.device, "Slowdown of the device");
  application.add_option("--json", options.json, "File for everything that was measured");
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  bench::run(options);
}
