// Throughput of the workloads of workload_cases.h: the optimum and the gap, and the time beside that of the published
// dynamic program. Times are processor time of this thread, so that a busy machine does not change them.
//
//   workload_bench [--only TEXT] [--seconds 60] [--baseline-seconds 60] [--seed 1] [--bypass] [--json]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/command_line.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "ideal_baseline.h"
#include "plan/solve/solve.h"
#include "workload_cases.h"
#include "zoo/zoo.h"

namespace tandem::bench {
namespace {

struct Flags {
  std::string only;  // workloads whose names contain this text
  double seconds = 60;
  double baseline_seconds = 60;
  int seed = 1;
  bool bypass = false;
  bool json = false;
};

double cpu_seconds() {
  return base::steady_clock().thread_time().count() / 1000;
}

struct Row {
  std::string workload;
  std::size_t blocks = 0;
  plan::Solution solution;
  double seconds = 0;
  std::optional<BaselineAnswer> baseline;
  double baseline_seconds = 0;

  double period_ms() const { return solution.plans.empty() ? 0 : solution.plans[0].period_ms; }
  double gap() const { return solution.plans.empty() ? 1 : solution.gap(0); }
};

std::function<bool()> after(double seconds) {
  return [end = cpu_seconds() + seconds] { return cpu_seconds() > end; };
}

Row measure(const WorkloadCase& workload, const Flags& flags) {
  Row row{workload.name, workload.problem.blocks.size(), {}, 0, {}, 0};
  double start = cpu_seconds();
  row.solution = plan::solve(workload.problem, {.must_stop = after(flags.seconds)});
  row.seconds = cpu_seconds() - start;
  if (flags.baseline_seconds == 0) return row;
  start = cpu_seconds();
  row.baseline = plan_by_pairs_of_ideals(workload.problem, after(flags.baseline_seconds));
  row.baseline_seconds = cpu_seconds() - start;
  const bool disagrees = row.baseline && row.solution.is_proven &&
                         std::abs(row.baseline->period_ms - row.period_ms()) > 1e-9 * row.period_ms();
  if (disagrees)
    throw base::Error(base::ErrorKind::Internal,
                      fmt::format("{}: the planner finds a period of {} ms, the dynamic program {} ms", row.workload,
                                  row.period_ms(), row.baseline->period_ms));
  return row;
}

void print(const Row& row) {
  const std::string baseline = row.baseline ? fmt::format("{:>8} {:>11} {:>9.3f}", row.baseline->ideals,
                                                          row.baseline->pairs, row.baseline_seconds)
                                            : fmt::format("{:>8} {:>11} {:>9}", "", "", "none");
  fmt::print("{:<34} {:>6} {:>10.4f} {:>8.3f} % {:>8.3f}  {:<7} {}\n", row.workload, row.blocks, row.period_ms(),
             100 * row.gap(), row.seconds, row.solution.solver, baseline);
  std::fflush(stdout);
}

base::Json json_of(const Row& row) {
  base::Json json = {{"workload", row.workload},
                     {"blocks", row.blocks},
                     {"period_ms", row.period_ms()},
                     {"gap", row.gap()},
                     {"is_proven", row.solution.is_proven},
                     {"cpu_s", row.seconds},
                     {"solver", row.solution.solver}};
  if (row.baseline)
    json.update(
        {{"ideals", row.baseline->ideals}, {"pairs", row.baseline->pairs}, {"baseline_cpu_s", row.baseline_seconds}});
  return json;
}

void run(const Flags& flags) {
  std::map<std::string, model::Model> networks;
  const auto network = [&](const std::string& name) -> const model::Graph& {
    const auto known = networks.find(name);
    if (known != networks.end()) return known->second.graph();
    const auto engine = engine::onnx_runtime({});
    return networks.emplace(name, engine::complete(model::Source::from_part(zoo::build(name), name), *engine))
        .first->second.graph();
  };
  if (!flags.json)
    fmt::print("{:<34} {:>6} {:>10} {:>10} {:>8}  {:<7} {:>8} {:>11} {:>9}\n", "workload", "blocks", "period ms", "gap",
               "cpu s", "solver", "ideals", "pairs", "their s");
  base::Json list = base::Json::array();
  for (auto& workload : workload_cases(network, static_cast<unsigned>(flags.seed))) {
    workload.problem.allows_bypass = flags.bypass;
    if (workload.name.find(flags.only) == std::string::npos) continue;
    const Row row = measure(workload, flags);
    flags.json ? list.push_back(json_of(row)) : print(row);
  }
  if (flags.json) fmt::print("{}\n", list.dump(1));
}

}  // namespace
}  // namespace tandem::bench

int main(int argc, char** argv) {
  tandem::cli::CommandLine command_line("Throughput of published kinds of workloads");
  tandem::cli::Command application = command_line.root();
  tandem::bench::Flags flags;
  application.add_option("--only", flags.only, "Workloads whose names contain this text");
  application.add_option("--seconds", flags.seconds).range(0.001, 3600.0).show_default();
  application.add_option("--baseline-seconds", flags.baseline_seconds, "0: without the published program")
      .range(0.0, 36000.0)
      .show_default();
  application.add_option("--seed", flags.seed).range(0, 1'000'000).show_default();
  application.add_flag("--bypass", flags.bypass, "Tensors go past machines, as in the published problems");
  application.add_flag("--json", flags.json);
  if (const auto code = command_line.parse(argc, argv)) return *code;
  try {
    tandem::bench::run(flags);
  } catch (const std::exception& failure) {
    return tandem::base::report_failure("workload_bench", failure);
  }
}
