// A request over two and three processes through emulated links, against what it must cost at least: the stages' times
// alone (measured in turn with the requests, on the same agents), bytes ÷ bandwidth, and the links' round trips.
//
//   pipeline_bench [--model mobilenetv2] [--runs 15] [--json]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

#include "base/json.h"
#include "base/statistics.h"
#include "cli/command_line.h"
#include "cost/costs.h"
#include "deploy/deployment.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "processes.h"
#include "rpc/targets.h"
#include "workspace/fleet_access.h"
#include "zoo/zoo.h"

namespace tandem::bench {
namespace {

struct Conditions {
  double mbps;
  double one_way_ms;
};

constexpr Conditions kConditions[] = {{1, 5}, {10, 5}, {100, 5}, {1, 40}, {10, 40}, {100, 40}};

// A chain of targets with an emulated link between neighbours. The first runs in the asking process, the others are
// agents in processes of their own.
class Chain {
 public:
  Chain(std::size_t length, const Conditions& conditions) {
    static constexpr const char* kNames[] = {"device", "edge", "cloud"};
    for (std::size_t i = 0; i < length; ++i) {
      ports_.push_back(free_port());
      fleet_.targets.push_back({kNames[i], static_cast<fleet::Tier>(i), i == 0 ? fleet::kHere : local(ports_[i])});
    }
    link::LinkConditions link;
    link.up_mbps = link.down_mbps = conditions.mbps;
    link.one_way_delay = base::Milliseconds(conditions.one_way_ms);
    for (std::size_t i = 1; i < length; ++i) {
      const int port = free_port();
      processes_.push_back(start_link(port, ports_[i], link));
      fleet_.links.push_back({i - 1, i, local(port)});
    }
    for (std::size_t i = 1; i < length; ++i)
      processes_.push_back(start_agent({.name = kNames[i], .port = ports_[i], .fleet = fleet_}));
  }
  const fleet::Fleet& fleet() const { return fleet_; }

 private:
  std::vector<int> ports_;
  fleet::Fleet fleet_;
  std::vector<Process> processes_;
};

// Stages of about equal work, cut at the smallest one-tensor frontiers near by.
plan::Plan even_plan(const model::Model& model, const fleet::Fleet& fleet) {
  const auto& layers = model.graph().layers;
  std::vector<double> work(layers.size() + 1, 0);
  for (std::size_t i = 0; i < layers.size(); ++i)
    work[i + 1] = work[i] + static_cast<double>(layers[i].multiply_accumulates);
  plan::Plan plan;
  std::size_t first = 0;
  const std::size_t count = fleet.targets.size();
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t last = layers.size();
    std::size_t best_bytes = SIZE_MAX;
    for (const auto& cut : model.cuts()) {
      const double share = work[cut.position] / work.back() * static_cast<double>(count);
      const bool is_near = share > static_cast<double>(i) + 0.6 && share < static_cast<double>(i) + 1.4;
      if (i + 1 == count || !is_near || cut.tensors.size() != 1 || cut.position <= first ||
          cut.size_bytes >= best_bytes)
        continue;
      best_bytes = cut.size_bytes;
      last = cut.position;
    }
    plan.stages.push_back({.target = fleet.targets[i].name, .ranges = {{first, last}}});
    first = last;
  }
  return plan;
}

double links_ms(const model::Model& model, const plan::Plan& plan, const Conditions& conditions) {
  double answer_bytes = 0;
  for (const auto id : model.graph().answers) answer_bytes += static_cast<double>(model.graph().tensors[id].size_bytes);
  double sum = 0;
  for (std::size_t i = 0; i + 1 < plan.stages.size(); ++i) {
    const double bytes =
        static_cast<double>(model::cut_at(model.graph(), plan.stages[i].ranges.back().last).size_bytes);
    sum += cost::transfer_ms(bytes + answer_bytes, conditions.mbps) + 2 * conditions.one_way_ms;
  }
  return sum;
}

// The stages by themselves, one run each: compute time on the target, without any hop.
double stages_alone_ms(const deploy::Route& route, const rpc::Targets& targets) {
  double sum = 0;
  for (std::size_t i = 0; i < route.hops.size(); ++i) {
    if (route.hops[i].parts.empty()) continue;  // of a network with fewer cuts than links
    const rpc::MeasureRequest request{route.hops[i].parts, 0, 1, false};
    sum += targets.at(i).measure(request, base::Deadline::after(base::Milliseconds(60'000))).take().samples_ms.at(0);
  }
  return sum;
}

base::Json measure(const std::string& name, std::size_t length, const Conditions& conditions, int runs) {
  const Chain chain(length, conditions);  // forks: before any thread of this process's
  const auto engine = engine::onnx_runtime({1});
  const model::Model model = engine::complete(model::Source::from_part(zoo::build(name), name), *engine);
  const workspace::FleetAccess access(chain.fleet(), 1, *engine);
  deploy::Deployment deployment(model, access.targets());
  const plan::Plan plan = even_plan(model, chain.fleet());
  const deploy::Route route = deployment.add({plan}).at(0);
  const auto types = engine->load(model.whole())->inputs();
  const std::vector<base::NamedTensor> inputs = {{types[0].name, engine::made_up_inputs(types)[0]}};
  std::vector<double> measured;
  std::vector<double> alone;
  std::vector<double> ratios;
  const double links = links_ms(model, plan, conditions);
  for (int run = -2; run < runs; ++run) {
    const double stages = stages_alone_ms(route, access.targets());
    const double latency = deployment.run(route, inputs).take().latency_ms;
    if (run < 0) continue;
    alone.push_back(stages);
    measured.push_back(latency);
    ratios.push_back(latency / (stages + links));
  }
  const auto interval = base::median_interval(ratios);
  return {{"model", name},
          {"processes", length},
          {"bandwidth_mbps", conditions.mbps},
          {"round_trip_ms", 2 * conditions.one_way_ms},
          {"plan", plan.summary()},
          {"stages_alone_ms", base::median(alone)},
          {"links_ms", links},
          {"measured_ms", base::median(measured)},
          {"ratio", base::median(ratios)},
          {"ratio_low", interval.low},
          {"ratio_high", interval.high}};
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("Requests over emulated links against what they must cost at least");
  cli::Command application = command_line.root();
  std::string model = "mobilenetv2";
  int runs = 15;
  bool json = false;
  application.add_option("--model", model);
  application.add_option("--runs", runs);
  application.add_flag("--json", json);
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  base::Json rows = base::Json::array();
  if (!json)
    fmt::print("{:>9} {:>7} {:>7} {:>10} {:>10} {:>10} {:>7} {:>15}\n", "processes", "Mbit/s", "rtt ms", "stages ms",
               "links ms", "measured", "ratio", "95 % interval");
  for (const std::size_t length : {2, 3}) {
    for (const auto& conditions : bench::kConditions) {
      const base::Json row = bench::apart([&] { return bench::measure(model, length, conditions, runs); });
      rows.push_back(row);
      if (json) continue;
      fmt::print("{:>9} {:>7} {:>7} {:>10.2f} {:>10.2f} {:>10.2f} {:>7.3f} {:>7.3f}–{:.3f}\n", length, conditions.mbps,
                 2 * conditions.one_way_ms, row["stages_alone_ms"].get<double>(), row["links_ms"].get<double>(),
                 row["measured_ms"].get<double>(), row["ratio"].get<double>(), row["ratio_low"].get<double>(),
                 row["ratio_high"].get<double>());
    }
  }
  if (json) fmt::print("{}\n", rows.dump(1));
}
