// The gain of work in parallel: the best plan with it against the best without, on a device and an edge of equal speed
// that may both work on a request, by network, link and slowness of the machines. Costs are made up as in
// question_bench. Times are processor time of this thread, so that a busy machine does not change them.
//
//   parallel_bench [--networks inceptionv3,nasnetmobile] [--mbps 100,1000,10000] [--slowdowns 1,8] [--seconds 10]
//   [--json]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdio>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/command_line.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "plan/solve/solve.h"
#include "question_cases.h"
#include "zoo/zoo.h"

namespace tandem::bench {
namespace {

struct Flags {
  std::vector<std::string> networks = {"inceptionv3", "nasnetmobile"};
  std::vector<double> mbps = {100, 1000, 10'000};
  std::vector<double> slowdowns = {1, 8};
  double seconds = 10;
  bool json = false;
};

struct Row {
  std::string network;
  double mbps = 0;
  double slowdown = 0;
  double sequential_ms = 0;
  double parallel_ms = 0;
  double gap = 0;  // of the parallel plan
  double seconds = 0;
  std::size_t offloads = 0;
};

double cpu_seconds() {
  return base::steady_clock().thread_time().count() / 1000;
}

// The device and, as an edge, its twin; slower by a factor, overheads too.
plan::Problem twins(const model::Graph& graph, double mbps, double slowdown) {
  plan::Problem problem = comparable_machines(graph);
  problem.targets.resize(2);
  problem.tiers.resize(2);
  plan::Target& device = problem.targets[0];
  for (double& ms : device.block_ms) ms *= slowdown;
  device.exit_ms = device.stage_overhead_ms;
  problem.targets[1].block_ms = device.block_ms;
  problem.targets[1].exit_ms = device.exit_ms;
  problem.links = {{0, 1, 0.5, mbps, mbps}};
  return problem;
}

std::size_t offloads_of(const plan::Plan& plan) {
  std::size_t count = 0;
  for (const auto& stage : plan.stages) {
    for (const auto& step : stage.steps) count += step.offloads.size();
  }
  return count;
}

Row compare(const std::string& network, plan::Problem problem, const Flags& flags) {
  Row row{network};
  row.sequential_ms = plan::solve(problem).plans.at(0).cost;
  problem.allows_parallel = true;
  const double start = cpu_seconds();
  plan::SolveOptions options;
  options.must_stop = [&] { return cpu_seconds() - start > flags.seconds; };
  const plan::Solution solution = plan::solve(problem, options);
  row.seconds = cpu_seconds() - start;
  row.parallel_ms = solution.plans.at(0).cost;
  row.gap = solution.gap(0);
  row.offloads = offloads_of(solution.plans.at(0));
  return row;
}

void print(const Row& row) {
  fmt::print("{:<14} {:>8.0f} {:>8.0f} {:>12.2f} {:>11.2f} {:>7.3f} {:>8.2f} % {:>8} {:>7.2f}\n", row.network, row.mbps,
             row.slowdown, row.sequential_ms, row.parallel_ms, row.parallel_ms / row.sequential_ms, 100 * row.gap,
             row.offloads, row.seconds);
  std::fflush(stdout);
}

base::Json json_of(const Row& row) {
  return {{"network", row.network},
          {"mbps", row.mbps},
          {"slowdown", row.slowdown},
          {"sequential_ms", row.sequential_ms},
          {"parallel_ms", row.parallel_ms},
          {"ratio", row.parallel_ms / row.sequential_ms},
          {"gap", row.gap},
          {"offloads", row.offloads},
          {"cpu_s", row.seconds}};
}

void run(const Flags& flags) {
  base::Json list = base::Json::array();
  if (!flags.json)
    fmt::print("{:<14} {:>8} {:>8} {:>12} {:>11} {:>7} {:>10} {:>8} {:>7}\n", "network", "Mbit/s", "slowdown",
               "sequential ms", "parallel ms", "ratio", "gap", "offloads", "cpu s");
  const auto engine = engine::onnx_runtime({});
  for (const auto& name : flags.networks) {
    const model::Model network = engine::complete(model::Source::from_part(zoo::build(name), name), *engine);
    for (const double slowdown : flags.slowdowns) {
      for (const double mbps : flags.mbps) {
        Row row = compare(name, twins(network.graph(), mbps, slowdown), flags);
        row.mbps = mbps;
        row.slowdown = slowdown;
        if (flags.json)
          list.push_back(json_of(row));
        else
          print(row);
      }
    }
  }
  if (flags.json) fmt::print("{}\n", list.dump(1));
}

}  // namespace
}  // namespace tandem::bench

int main(int argc, char** argv) {
  tandem::cli::CommandLine command_line("The gain of work in parallel on a device and an edge of equal speed");
  tandem::cli::Command application = command_line.root();
  tandem::bench::Flags flags;
  application.add_option("--networks", flags.networks).separated_by_commas();
  application.add_option("--mbps", flags.mbps).separated_by_commas();
  application.add_option("--slowdowns", flags.slowdowns).separated_by_commas();
  application.add_option("--seconds", flags.seconds).range(0.001, 3600.0).show_default();
  application.add_flag("--json", flags.json);
  if (const auto code = command_line.parse(argc, argv)) return *code;
  try {
    tandem::bench::run(flags);
  } catch (const std::exception& failure) {
    return tandem::base::report_failure("parallel_bench", failure);
  }
}
