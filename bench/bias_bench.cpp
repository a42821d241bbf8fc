// How far predictions miss what a user measures next, and in which direction. For each network: a profile of two
// targets, as `tandem profile` makes it; then both native plans and a few cuts, in turn, as `tandem bench` runs them;
// then the same once more, predicted with what the store learnt from the first time. Bias: median over the plans of
// predicted ÷ measured − 1, where measured is the median of a plan's runs.
//
//   bias_bench [--networks resnet50,model.onnx] [--cuts 3] [--runs 20] [--longest 2] [--mbps 100] [--device 6] [--json
//   FILE]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

#include "base/file.h"
#include "base/json.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "cost/estimate.h"
#include "two_targets.h"
#include "workspace/request_watch.h"

namespace tandem::bench {
namespace {

struct Options {
  std::vector<std::string> networks;
  std::size_t cuts = 3;
  std::size_t runs = 20;
  double longest_s = 2;
  double mbps = 100;
  double one_way_ms = 2;
  double device = 6;  // its slowdown
  std::string json;
};

struct Deviation {
  std::size_t position = 0;
  double predicted_ms = 0;
  double measured_ms = 0;
  double predicted_compute_ms = 0;  // of all stages
  double measured_compute_ms = 0;
  double percent() const { return 100 * (predicted_ms / measured_ms - 1); }
};

std::vector<std::size_t> positions_of(const TwoTargets& machines, const plan::Problem& problem, std::size_t cuts) {
  std::vector<std::size_t> positions{0, machines.model().graph().layers.size()};
  const auto all = machines.cuts(problem);
  for (std::size_t i = 1; i <= std::min(cuts, all.size()); ++i)
    positions.push_back(all[i * all.size() / (cuts + 1)]->position);
  std::ranges::sort(positions);
  positions.erase(std::ranges::unique(positions).begin(), positions.end());
  return positions;
}

Deviation deviation_of(std::size_t position, const Runner& runner) {
  Deviation deviation{position, runner.plan.latency_ms, runner.median_ms()};
  for (const auto& stage : runner.plan.stages) deviation.predicted_compute_ms += stage.compute_ms;
  for (const auto& samples_ms : runner.compute_ms) deviation.measured_compute_ms += base::median(samples_ms);
  return deviation;
}

// Predicted by what the store knows before the first run.
std::vector<Deviation> run_in_turn(TwoTargets& machines, const Options& options) {
  const plan::Problem problem = machines.problem();
  const auto positions = positions_of(machines, problem, options.cuts);
  std::vector<Runner> runners;
  for (const std::size_t position : positions) {
    runners.emplace_back(machines, machines.split_at(problem, position));
    runners.back().run(machines.inputs());  // warms up
    runners.back().samples_ms.clear();
    runners.back().compute_ms.clear();
  }
  workspace::RequestWatch watch(machines.workspace());
  for (std::size_t run = 0; run < options.runs; ++run) {
    for (auto& runner : runners) watch.see(runner.plan, runner.run(machines.inputs()));
  }
  std::vector<Deviation> deviations;
  for (std::size_t i = 0; i < runners.size(); ++i) deviations.push_back(deviation_of(positions[i], runners[i]));
  return deviations;
}

base::Json json_of(const std::vector<Deviation>& deviations) {
  base::Json list = base::Json::array();
  for (const auto& each : deviations)
    list.push_back({{"position", each.position},
                    {"predicted_ms", each.predicted_ms},
                    {"measured_ms", each.measured_ms},
                    {"predicted_compute_ms", each.predicted_compute_ms},
                    {"measured_compute_ms", each.measured_compute_ms},
                    {"bias_percent", each.percent()}});
  return list;
}

base::Json stages_of(TwoTargets& machines) {
  base::Json list = base::Json::array();
  for (const auto& costs : machines.costs()) {
    for (const auto& time : machines.store().stage_times(costs.identity)) {
      const auto timing = cost::timing_of(time);
      list.push_back({{"target", costs.identity.target},
                      {"first", time.ranges.front().first},
                      {"last", time.ranges.front().last},
                      {"runs", time.samples_ms.size()},
                      {"typical_ms", timing.typical_ms},
                      {"low_ms", timing.low_ms},
                      {"high_ms", timing.high_ms},
                      {"predicted_ms", cost::predict_stage_ms(machines.model().graph(), costs, time.ranges)}});
    }
  }
  return list;
}

base::Json measure(const std::string& network, const Options& options) {
  TwoTargets machines(network, {.device = options.device});
  machines.set_link(options.mbps, options.one_way_ms);
  profile::MeasurementSettings settings;
  settings.longest_ms = 1000 * options.longest_s;
  machines.profile(settings);
  base::Json result = {{"network", network}, {"stages", stages_of(machines)}};
  result["profiled"] = json_of(run_in_turn(machines, options));
  result["learnt"] = json_of(run_in_turn(machines, options));
  return result;
}

std::vector<double> biases(const base::Json& plans) {
  std::vector<double> all;
  for (const auto& plan : plans) all.push_back(plan["bias_percent"].get<double>());
  return all;
}

std::string text_of(const std::vector<double>& biases) {
  return fmt::format("{:>+8.1f} {:>+8.1f} {:>+8.1f}", base::median(biases), *std::ranges::min_element(biases),
                     *std::ranges::max_element(biases));
}

void run(const Options& options) {
  base::Json all = base::Json::array();
  std::vector<double> profiled;
  std::vector<double> learnt;
  fmt::print("{:<28} {:>26} {:>26}\n{:<28} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}\n", "bias, %", "after the profile",
             "after the first runs", "network", "median", "least", "most", "median", "least", "most");
  for (const auto& name : options.networks) {
    const base::Json network = apart([&] { return measure(name, options); });
    all.push_back(network);
    const auto first = biases(network["profiled"]);
    const auto second = biases(network["learnt"]);
    fmt::print("{:<28} {} {}\n", name.substr(name.substr(0, name.find('@')).rfind('/') + 1), text_of(first),
               text_of(second));
    std::fflush(stdout);
    profiled.push_back(base::median(first));
    learnt.push_back(base::median(second));
    if (!options.json.empty()) base::write_file(options.json, all.dump(1) + "\n");
  }
  fmt::print("{:<28} {} {}\n", "medians of the networks", text_of(profiled), text_of(learnt));
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("Sign and size of the errors of predictions, on two emulated targets");
  cli::Command application = command_line.root();
  bench::Options options;
  options.networks = bench::published_networks();
  application.add_option("--networks", options.networks, "Of the zoo, or files: model.onnx, model.onnx@x=1x3x48x320")
      .separated_by_commas();
  application.add_option("--cuts", options.cuts, "Plans of each network, beside the native ones");
  application.add_option("--runs", options.runs, "Of each plan");
  application.add_option("--longest", options.longest_s, "As in `tandem profile --longest`, in seconds");
  application.add_option("--mbps", options.mbps, "Of the emulated link");
  application.add_option("--device", options.device, "Slowdown of the device");
  application.add_option("--json", options.json, "File for everything that was measured");
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  bench::run(options);
}
