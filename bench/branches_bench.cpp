// Branches in parallel: for each network a profile is made on a slow device and two edges of equal speed, then the best
// plan in sequence and the best one in parallel are predicted by the profile alone, deployed, and timed in turn.
//
//   branches_bench [--networks inceptionv3,nasnetmobile] [--slowdown 8] [--device 16] [--mbps 1000] [--runs 30]
//                  [--longest 6] [--json]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

#include "base/json.h"
#include "base/private_folder.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "plan/solve/solve.h"
#include "processes.h"
#include "profile/measure.h"
#include "two_targets.h"
#include "workspace/deployed_plan.h"
#include "workspace/workspace.h"

namespace tandem::bench {
namespace {

constexpr double kSolveSeconds = 10;

struct Options {
  std::vector<std::string> networks = {"inceptionv3", "nasnetmobile"};
  double slowdown = 8;  // of the edges
  double device = 16;   // slowdown of the device; its profile takes time
  double mbps = 1000;
  double one_way_ms = 0.1;
  std::size_t runs = 30;
  double longest_s = 6;
  bool json = false;
};

// A device in this process and two edges in processes of their own, all linked.
class TwoEdges {
 public:
  TwoEdges(const std::string& network, const Options& options) {
    fleet::Fleet fleet;
    const int first = free_port();
    const int second = free_port();
    fleet.targets = {{"device", fleet::Tier::Device, fleet::kHere},
                     {"edge1", fleet::Tier::Edge, local(first)},
                     {"edge2", fleet::Tier::Cloud, local(second)}};
    link::LinkConditions link;
    link.up_mbps = link.down_mbps = options.mbps;
    link.one_way_delay = base::Milliseconds(options.one_way_ms);
    for (const auto& [from, to, port] : {std::tuple(0, 1, first), std::tuple(0, 2, second), std::tuple(1, 2, second)}) {
      const int at = free_port();
      processes_.push_back(start_link(at, port, link));
      fleet.links.push_back({static_cast<std::size_t>(from), static_cast<std::size_t>(to), local(at)});
    }
    processes_.push_back(start_agent({.name = "edge1", .port = first, .fleet = fleet, .slowdown = options.slowdown}));
    processes_.push_back(start_agent({.name = "edge2", .port = second, .fleet = fleet, .slowdown = options.slowdown}));
    auto engine = engine::onnx_runtime({1});
    model::Model model = read_network(network, *engine);
    workspace_ = std::make_unique<workspace::Workspace>(std::move(engine), std::move(model), fleet,
                                                        folder_.path() / "costs.db", options.device);
  }

  void profile(const Options& options) {
    auto& store = workspace_->store();
    const auto& targets = workspace_->access().targets();
    for (const auto& link : workspace_->fleet().links) store.put(profile::measure_link(targets, link));
    profile::MeasurementSettings settings;
    settings.longest_ms = 1000 * options.longest_s;
    rpc::OfferMaker offers;
    profile::measure_model(workspace_->model(), workspace_->access().subjects(workspace_->model().digest()), store,
                           offers, settings, [](const std::string&, double) {});
  }

  workspace::Workspace& workspace() { return *workspace_; }

 private:
  base::PrivateFolder folder_{"bench"};
  std::vector<Process> processes_;
  std::unique_ptr<workspace::Workspace> workspace_;
};

plan::Plan best_plan(plan::Problem problem, bool is_parallel) {
  problem.allows_parallel = is_parallel;
  const auto until = base::Deadline::after(base::Milliseconds(1000 * kSolveSeconds));
  return plan::solve(problem, {.must_stop = [until] { return until.has_passed(); }}).plans.at(0);
}

base::Json row_of(const std::string& network, const plan::Plan& sequence, const plan::Plan& parallel,
                  const std::vector<double>& in_sequence, const std::vector<double>& in_parallel) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < in_sequence.size(); ++i) ratios.push_back(in_parallel[i] / in_sequence[i]);
  const auto interval = base::median_interval(ratios);
  return {{"network", network},
          {"sequence", sequence.summary()},
          {"sequence_predicted_ms", sequence.latency_ms},
          {"sequence_ms", base::median(in_sequence)},
          {"parallel", parallel.summary()},
          {"parallel_predicted_ms", parallel.latency_ms},
          {"parallel_ms", base::median(in_parallel)},
          {"ratio", base::median(ratios)},
          {"ratio_low", interval.low},
          {"ratio_high", interval.high}};
}

base::Json measure(const std::string& network, const Options& options) {
  TwoEdges edges(network, options);
  edges.profile(options);
  auto& workspace = edges.workspace();
  const plan::Problem problem = workspace.problem();
  const plan::Plan sequence = best_plan(problem, false);
  const plan::Plan parallel = best_plan(problem, true);
  workspace::DeployedPlan one_by_one(workspace, sequence);
  workspace::DeployedPlan at_once(workspace, parallel);
  const auto inputs = engine::made_up_inputs(workspace.model());
  std::vector<double> in_sequence, in_parallel;
  for (std::size_t run = 0; run <= options.runs; ++run) {
    const double sequence_ms = one_by_one.run(inputs).take().latency_ms;
    const double parallel_ms = at_once.run(inputs).take().latency_ms;
    if (run == 0) continue;  // opens connections
    in_sequence.push_back(sequence_ms);
    in_parallel.push_back(parallel_ms);
  }
  return row_of(network, sequence, parallel, in_sequence, in_parallel);
}

void print(const base::Json& row) {
  const auto number = [&](const char* key) { return row[key].get<double>(); };
  fmt::print("{:<14} {:>10.1f} {:>10.1f} {:>10.1f} {:>10.1f} {:>7.3f} {:>6.3f}–{:.3f} {:>7.1f} %\n",
             row["network"].get<std::string>(), number("sequence_predicted_ms"), number("sequence_ms"),
             number("parallel_predicted_ms"), number("parallel_ms"), number("ratio"), number("ratio_low"),
             number("ratio_high"), 100 * (number("parallel_predicted_ms") / number("parallel_ms") - 1));
  std::fflush(stdout);
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("The best plan in parallel against the best one in sequence, on two edges");
  cli::Command application = command_line.root();
  bench::Options options;
  application.add_option("--networks", options.networks, "Of the zoo").separated_by_commas();
  application.add_option("--slowdown", options.slowdown, "Of both edges");
  application.add_option("--device", options.device, "Slowdown of the device");
  application.add_option("--mbps", options.mbps, "Of the emulated links");
  application.add_option("--one-way", options.one_way_ms, "Delay of the emulated links, in ms");
  application.add_option("--runs", options.runs, "Of each plan");
  application.add_option("--longest", options.longest_s, "As in `tandem profile --longest`, in seconds");
  application.add_flag("--json", options.json);
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  base::Json rows = base::Json::array();
  if (!options.json)
    fmt::print("{:<14} {:>21} {:>21} {:>21} {:>9}\n{:<14} {:>10} {:>10} {:>10} {:>10} {:>7} {:>13} {:>9}\n", "",
               "in sequence, ms", "in parallel, ms", "parallel ÷ sequence", "", "network", "predicted", "measured",
               "predicted", "measured", "median", "95 %", "off");
  for (const auto& network : options.networks) {
    rows.push_back(bench::apart([&] { return bench::measure(network, options); }));
    if (!options.json) bench::print(rows.back());
  }
  if (options.json) fmt::print("{}\n", rows.dump(1));
}
