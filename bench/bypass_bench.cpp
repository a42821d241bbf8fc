// A tensor past the next target: a device, an edge and a cloud in a row, and a link from the device to the cloud, too.
// The device makes a large tensor that only the cloud reads, and a small one for the edge. The same plan with and
// without a bypass for the large one is predicted by a profile, deployed, and timed in turn.
//
//   bypass_bench [--slowdown 4] [--mbps 20,50,100] [--past 50] [--runs 30] [--json]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>

#include "base/json.h"
#include "base/private_folder.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "model/builder.h"
#include "plan/judge/price.h"
#include "processes.h"
#include "profile/measure.h"
#include "workspace/deployed_plan.h"
#include "workspace/workspace.h"

namespace tandem::bench {
namespace {

constexpr const char* kLarge = "large";

struct Options {
  double slowdown = 4;  // of all three
  std::vector<std::string> mbps = {"20", "50", "100"};
  double past_mbps = 50;  // from the device to the cloud
  double one_way_ms = 1;
  std::size_t runs = 30;
  double longest_s = 0.5;
  bool json = false;
};

constexpr std::int64_t kChannels = 32;
constexpr std::int64_t kWidth = 1024;
constexpr int kWideLayers = 4;
constexpr std::size_t kEdgeFirst = 2;
constexpr std::size_t kCloudFirst = kEdgeFirst + kWideLayers + 2;

base::TensorType type_of(base::Shape shape) {
  return {base::ElementType::Float32, std::move(shape)};
}

base::Tensor weight(std::int64_t rows, std::int64_t columns) {
  const auto count = static_cast<std::size_t>(rows * columns);
  return base::Tensor::of<float>(type_of({rows, columns}), std::vector<float>(count, 1.0f / static_cast<float>(rows)));
}

// The device makes `large` (512 KiB) and `small` (128 bytes), the edge has work with `small`, and the cloud joins both.
model::Model forked_model() {
  const auto images = type_of({1, kChannels, 64, 64});
  const auto means = type_of({1, kChannels, 1, 1});
  const auto wide = type_of({1, kChannels, 1, kWidth});
  model::GraphBuilder builder("forked");
  model::TypeByTensor types;
  const auto add = [&](const std::string& op, std::vector<std::string> inputs, const std::string& name,
                       const base::TensorType& type) {
    builder.node(op, std::move(inputs), {}, name);
    types[name] = type;
    return name;
  };
  builder.input("x", images);
  builder.weight("widen", weight(1, kWidth));
  builder.weight("mix", weight(kWidth, kWidth));
  builder.weight("narrow", weight(kWidth, 1));
  add("Tanh", {"x"}, kLarge, images);
  add("GlobalAveragePool", {kLarge}, "small", means);
  std::string last = add("MatMul", {"small", "widen"}, "wide", wide);
  for (int i = 0; i < kWideLayers; ++i) last = add("MatMul", {last, "mix"}, fmt::format("wide{}", i), wide);
  add("MatMul", {last, "narrow"}, "weights", means);
  add("Mul", {kLarge, "weights"}, "together", images);
  add("GlobalAveragePool", {"together"}, "y", means);
  builder.output("y", means);
  return model::Model(model::Source::from_part(builder.finish(), "forked"), types);
}

// A device in this process, an edge and a cloud in processes of their own.
class Row {
 public:
  Row(const Options& options, double mbps) {
    fleet::Fleet fleet;
    const int edge = free_port();
    const int cloud = free_port();
    fleet.targets = {{"device", fleet::Tier::Device, fleet::kHere},
                     {"edge", fleet::Tier::Edge, local(edge)},
                     {"cloud", fleet::Tier::Cloud, local(cloud)}};
    for (const auto& [from, to, port, rate] :
         {std::tuple(0, 1, edge, mbps), std::tuple(1, 2, cloud, mbps), std::tuple(0, 2, cloud, options.past_mbps)}) {
      link::LinkConditions link;
      link.up_mbps = link.down_mbps = rate;
      link.one_way_delay = base::Milliseconds(options.one_way_ms);
      const int at = free_port();
      processes_.push_back(start_link(at, port, link));
      fleet.links.push_back({static_cast<std::size_t>(from), static_cast<std::size_t>(to), local(at)});
    }
    processes_.push_back(start_agent({.name = "edge", .port = edge, .fleet = fleet, .slowdown = options.slowdown}));
    processes_.push_back(start_agent({.name = "cloud", .port = cloud, .fleet = fleet, .slowdown = options.slowdown}));
    workspace_ = std::make_unique<workspace::Workspace>(engine::onnx_runtime({1}), forked_model(), fleet,
                                                        folder_.path() / "costs.db", options.slowdown);
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

// Every tensor hop by hop; with a bypass, all but the large one.
plan::Plan plan_for(const plan::Problem& problem, bool has_bypass) {
  plan::Decision decision;
  decision.route = {0, 1, 2};
  for (const auto& block : problem.blocks)
    decision.position.push_back(block.first < kEdgeFirst ? 0 : block.first < kCloudFirst ? 1 : 2);
  for (std::size_t hop = 0; hop < 2; ++hop) {
    for (std::size_t tensor = 0; tensor < problem.tensors.size(); ++tensor) {
      const auto& each = problem.tensors[tensor];
      const bool is_there = each.producer == plan::kNone || decision.position[each.producer] <= hop;
      const bool goes_on =
          std::ranges::any_of(each.consumers, [&](std::size_t block) { return decision.position[block] > hop; });
      const bool goes_past = has_bypass && each.name == kLarge;
      if (is_there && goes_on && !(goes_past && hop > 0))
        decision.crossings.push_back({hop, tensor, 0, goes_past ? std::size_t{1} : 0});
    }
  }
  std::ranges::sort(decision.crossings);
  return plan::price(problem, decision);
}

base::Json measure(const Options& options, double mbps) {
  Row row(options, mbps);
  row.profile(options);
  plan::Problem problem = row.workspace().problem();
  problem.allows_bypass = true;
  const plan::Plan by_hops = plan_for(problem, false);
  const plan::Plan past = plan_for(problem, true);
  workspace::DeployedPlan hop_by_hop(row.workspace(), by_hops);
  workspace::DeployedPlan past_the_edge(row.workspace(), past);
  const auto inputs = engine::made_up_inputs(row.workspace().model());
  std::vector<double> hops_ms, past_ms, ratios;
  for (std::size_t run = 0; run <= options.runs; ++run) {
    const double hops = hop_by_hop.run(inputs).take().latency_ms;
    const double bypass = past_the_edge.run(inputs).take().latency_ms;
    if (run == 0) continue;  // opens connections
    hops_ms.push_back(hops);
    past_ms.push_back(bypass);
    ratios.push_back(bypass / hops);
  }
  const auto interval = base::median_interval(ratios);
  return {{"mbps", mbps},
          {"past_mbps", options.past_mbps},
          {"by_hops_predicted_ms", by_hops.latency_ms},
          {"by_hops_ms", base::median(hops_ms)},
          {"bypass_predicted_ms", past.latency_ms},
          {"bypass_ms", base::median(past_ms)},
          {"ratio", base::median(ratios)},
          {"ratio_low", interval.low},
          {"ratio_high", interval.high}};
}

void print(const base::Json& row) {
  const auto number = [&](const char* key) { return row[key].get<double>(); };
  fmt::print("{:>7g} {:>7g} {:>10.1f} {:>10.1f} {:>10.1f} {:>10.1f} {:>7.3f} {:>6.3f}–{:.3f}\n", number("mbps"),
             number("past_mbps"), number("by_hops_predicted_ms"), number("by_hops_ms"), number("bypass_predicted_ms"),
             number("bypass_ms"), number("ratio"), number("ratio_low"), number("ratio_high"));
  std::fflush(stdout);
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("The same plan with and without a bypass, on a device, an edge and a cloud");
  cli::Command application = command_line.root();
  bench::Options options;
  application.add_option("--slowdown", options.slowdown, "Of all three targets");
  application.add_option("--mbps", options.mbps, "Of the emulated links device → edge → cloud").separated_by_commas();
  application.add_option("--past", options.past_mbps, "Of the emulated link device → cloud, in Mbit/s");
  application.add_option("--one-way", options.one_way_ms, "Delay of the emulated links, in ms");
  application.add_option("--runs", options.runs, "Of each plan");
  application.add_option("--longest", options.longest_s, "As in `tandem profile --longest`, in seconds");
  application.add_flag("--json", options.json);
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  base::Json rows = base::Json::array();
  if (!options.json)
    fmt::print("{:>15} {:>21} {:>21} {:>21}\n{:>7} {:>7} {:>10} {:>10} {:>10} {:>10} {:>7} {:>13}\n", "Mbit/s",
               "hop by hop, ms", "bypass, ms", "bypass ÷ hop by hop", "hops", "past", "predicted", "measured",
               "predicted", "measured", "median", "95 %");
  for (const auto& mbps : options.mbps) {
    rows.push_back(bench::apart([&] { return bench::measure(options, std::stod(mbps)); }));
    if (!options.json) bench::print(rows.back());
  }
  if (options.json) fmt::print("{}\n", rows.dump(1));
}
