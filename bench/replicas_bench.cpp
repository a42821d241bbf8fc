// Throughput by the number of replicas: for each number, a profile is made on a device and that many edges of equal
// speed, the best plan for throughput is predicted by the profile alone and deployed, and requests are kept under way.
//
//   replicas_bench [--network mobilenetv2] [--replicas 1,2,3] [--slowdown 8] [--device 24] [--requests 120] [--longest
//   2]
//                  [--json]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

#include "base/address.h"
#include "base/json.h"
#include "base/private_folder.h"
#include "cli/command_line.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "fleet/replicas.h"
#include "plan/problem/objective_text.h"
#include "plan/solve/solve.h"
#include "processes.h"
#include "profile/measure.h"
#include "two_targets.h"
#include "workspace/in_flight.h"
#include "workspace/service.h"
#include "workspace/workspace.h"

namespace tandem::bench {
namespace {

struct Options {
  std::string network = "mobilenetv2";
  std::vector<std::string> replicas = {"1", "2", "3"};
  double slowdown = 8;  // of each edge
  double device = 24;   // slowdown of the device
  std::size_t requests = 120;
  double longest_s = 2;
  bool json = false;
};

// A device in this process and an edge of several agents in processes of their own.
class Edges {
 public:
  Edges(const Options& options, std::size_t replicas) {
    fleet::Target edge{"edge", fleet::Tier::Edge, ""};
    for (std::size_t i = 0; i < replicas; ++i) edge.addresses.push_back(local(free_port()));
    edge.address = edge.addresses.front();
    edge.replicas = replicas;
    if (replicas == 1) edge.addresses.clear();
    fleet::Fleet fleet;
    fleet.targets = {{"device", fleet::Tier::Device, fleet::kHere}, edge};
    fleet.links = {{0, 1, edge.address, 0, edge.addresses}};
    for (const auto& machine : fleet::with_replicas_apart(fleet).targets) {
      if (machine.address == fleet::kHere) continue;
      const int port = base::parse_address(machine.address).port;
      processes_.push_back(start_agent({.name = machine.name, .port = port, .slowdown = options.slowdown}));
    }
    auto engine = engine::onnx_runtime({1});
    model::Model model = read_network(options.network, *engine);
    workspace_ = std::make_unique<workspace::Workspace>(std::move(engine), std::move(model), fleet,
                                                        folder_.path() / "costs.db", options.device);
  }

  void profile(const Options& options) {
    auto& store = workspace_->store();
    const auto& access = workspace_->access();
    for (const auto& link : workspace_->fleet().links) store.put(profile::measure_link(access.targets(), link));
    profile::MeasurementSettings settings;
    settings.longest_ms = 1000 * options.longest_s;
    rpc::OfferMaker offers;
    profile::measure_model(workspace_->model(), access.subjects(workspace_->model().digest()), store, offers, settings,
                           [](const std::string&, double) {});
  }

  workspace::Workspace& workspace() { return *workspace_; }

 private:
  base::PrivateFolder folder_{"bench"};
  std::vector<Process> processes_;
  std::unique_ptr<workspace::Workspace> workspace_;
};

plan::Plan best_plan(plan::Problem problem) {
  problem.objective = plan::parse_objective(problem, "throughput");
  return plan::solve(problem).plans.at(0);
}

base::Json measure(const Options& options, std::size_t replicas) {
  Edges edges(options, replicas);
  edges.profile(options);
  auto& workspace = edges.workspace();
  const plan::Plan plan = best_plan(workspace.problem());
  const std::size_t in_flight = 4 * (replicas + 1);
  workspace::Service service(workspace, {plan, {}, [](const auto&) { return std::nullopt; }}, {.in_flight = in_flight});
  const auto inputs = engine::made_up_inputs(workspace.model());
  service.warm_up(inputs);
  workspace::do_in_flight(options.requests, in_flight, [&](std::size_t) { (void)service.run(inputs).take(); });
  const auto report = service.finish();
  base::Json shares = base::Json::array();
  for (const auto& share : report.replicas) shares.push_back(share.answers);
  return {{"network", options.network},
          {"replicas", replicas},
          {"plan", plan.summary()},
          {"concurrency", in_flight},
          {"predicted_period_ms", plan.period_ms},
          {"period_ms", report.period_ms.value_or(0)},
          {"answers", shares}};
}

void print(const base::Json& row) {
  const double predicted = row["predicted_period_ms"].get<double>();
  const double measured = row["period_ms"].get<double>();
  fmt::print("{:>8} {:>10.1f} {:>10.1f} {:>8.1f} {:>7.1f} %  {}\n", row["replicas"].get<int>(), predicted, measured,
             1000 / measured, 100 * (predicted / measured - 1), row["plan"].get<std::string>());
  std::fflush(stdout);
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("Throughput by the number of replicas of an edge, predicted and measured");
  cli::Command application = command_line.root();
  bench::Options options;
  application.add_option("--network", options.network, "Of the zoo");
  application.add_option("--replicas", options.replicas, "Numbers of them").separated_by_commas();
  application.add_option("--slowdown", options.slowdown, "Of each edge");
  application.add_option("--device", options.device, "Slowdown of the device");
  application.add_option("--requests", options.requests, "To each number of replicas");
  application.add_option("--longest", options.longest_s, "As in `tandem profile --longest`, in seconds");
  application.add_flag("--json", options.json);
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  base::Json rows = base::Json::array();
  if (!options.json)
    fmt::print("{:>8} {:>10} {:>10} {:>8} {:>9}  plan\n", "replicas", "predicted", "measured", "per s", "off");
  for (const auto& replicas : options.replicas) {
    rows.push_back(bench::apart([&] { return bench::measure(options, std::stoul(replicas)); }));
    if (!options.json) bench::print(rows.back());
  }
  if (options.json) fmt::print("{}\n", rows.dump(1));
}
