// The gain of a bypass: the best plan in which tensors may go past the edge against the best in which they may not, on
// a device, an edge and a cloud that are all linked, by network and objective. Costs are made up as in question_bench.
// Times are processor time of this thread, so that a busy machine does not change them.
//
//   bypass_plan_bench [--networks inceptionv3,nasnetmobile,densenet201] [--mbps 20] [--seconds 10] [--json]
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
  std::vector<std::string> networks = {"inceptionv3", "nasnetmobile", "densenet201"};
  std::vector<double> mbps = {20};
  double seconds = 10;
  bool json = false;
};

struct Row {
  std::string network;
  double mbps = 0;
  std::string objective;
  double hops_ms = 0;
  double bypass_ms = 0;
  double gap = 0;  // of the plan with a bypass
  double seconds = 0;
  std::size_t tensors = 0;  // that go past the edge
};

double cpu_seconds() {
  return base::steady_clock().thread_time().count() / 1000;
}

// A device eight times and an edge twice as slow as the cloud. The device's two links are equal, as over one radio; the
// edge's to the cloud is, too.
plan::Problem three_tiers(const model::Graph& graph, double mbps, plan::ObjectiveKind objective) {
  plan::Problem problem = comparable_machines(graph);
  for (double& ms : problem.targets[0].block_ms) ms *= 8;
  for (double& ms : problem.targets[1].block_ms) ms *= 2;
  problem.links = {{0, 1, 2, mbps, mbps}, {1, 2, 20, mbps, mbps}, {0, 2, 20, mbps, mbps}};
  problem.objective.kind = objective;
  return problem;
}

std::size_t tensors_past(const plan::Plan& plan) {
  std::size_t count = 0;
  for (const auto& crossing : plan.decision.crossings) count += crossing.past > 0 ? 1 : 0;
  return count;
}

Row compare(const std::string& network, plan::Problem problem, const Flags& flags) {
  Row row{network, problem.links[0].upload_mbps, plan::name_of(problem.objective.kind)};
  double start = cpu_seconds();
  plan::SolveOptions options;
  options.must_stop = [&] { return cpu_seconds() - start > flags.seconds; };
  row.hops_ms = plan::solve(problem, options).plans.at(0).cost;
  problem.allows_bypass = true;
  start = cpu_seconds();
  const plan::Solution solution = plan::solve(problem, options);
  row.seconds = cpu_seconds() - start;
  row.bypass_ms = solution.plans.at(0).cost;
  row.gap = solution.gap(0);
  row.tensors = tensors_past(solution.plans.at(0));
  return row;
}

void print(const Row& row) {
  fmt::print("{:<14} {:>8.0f} {:<11} {:>10.2f} {:>10.2f} {:>7.3f} {:>8.2f} % {:>8} {:>7.2f}\n", row.network, row.mbps,
             row.objective, row.hops_ms, row.bypass_ms, row.bypass_ms / row.hops_ms, 100 * row.gap, row.tensors,
             row.seconds);
  std::fflush(stdout);
}

base::Json json_of(const Row& row) {
  return {{"network", row.network}, {"mbps", row.mbps},           {"objective", row.objective},
          {"hops_ms", row.hops_ms}, {"bypass_ms", row.bypass_ms}, {"ratio", row.bypass_ms / row.hops_ms},
          {"gap", row.gap},         {"tensors", row.tensors},     {"cpu_s", row.seconds}};
}

void run(const Flags& flags) {
  base::Json list = base::Json::array();
  if (!flags.json)
    fmt::print("{:<14} {:>8} {:<11} {:>10} {:>10} {:>7} {:>10} {:>8} {:>7}\n", "network", "Mbit/s", "objective",
               "hops ms", "bypass ms", "ratio", "gap", "tensors", "cpu s");
  const auto engine = engine::onnx_runtime({});
  for (const auto& name : flags.networks) {
    const model::Model network = engine::complete(model::Source::from_part(zoo::build(name), name), *engine);
    for (const double mbps : flags.mbps) {
      for (const auto objective : {plan::ObjectiveKind::Latency, plan::ObjectiveKind::Throughput}) {
        const Row row = compare(name, three_tiers(network.graph(), mbps, objective), flags);
        flags.json ? list.push_back(json_of(row)) : print(row);
      }
    }
  }
  if (flags.json) fmt::print("{}\n", list.dump(1));
}

}  // namespace
}  // namespace tandem::bench

int main(int argc, char** argv) {
  tandem::cli::CommandLine command_line("The gain of tensors that go past the edge");
  tandem::cli::Command application = command_line.root();
  tandem::bench::Flags flags;
  application.add_option("--networks", flags.networks).separated_by_commas();
  application.add_option("--mbps", flags.mbps).separated_by_commas();
  application.add_option("--seconds", flags.seconds).range(0.001, 3600.0).show_default();
  application.add_flag("--json", flags.json);
  if (const auto code = command_line.parse(argc, argv)) return *code;
  try {
    tandem::bench::run(flags);
  } catch (const std::exception& failure) {
    return tandem::base::report_failure("bypass_plan_bench", failure);
  }
}
