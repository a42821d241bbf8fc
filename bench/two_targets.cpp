#include "two_targets.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/statistics.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "plan/judge/price.h"
#include "zoo/zoo.h"

namespace tandem::bench {

model::Model read_network(const std::string& network, engine::Engine& engine) {
  const std::string path = network.substr(0, network.find('@'));
  if (path.ends_with(".onnx")) {
    const bool has_shape = path != network;
    const auto shapes = has_shape ? model::parse_shapes({network.substr(path.size() + 1)}) : model::ShapeByInput{};
    return engine::load_model(path, engine, shapes);
  }
  return engine::complete(model::Source::from_part(zoo::build(network), network), engine);
}

TwoTargets::TwoTargets(const std::string& network, const Slowdowns& slowdowns) {
  const int edge_port = free_port();
  const int link_port = free_port();
  fleet::Fleet fleet;
  fleet.targets = {{"device", fleet::Tier::Device, fleet::kHere}, {"edge", fleet::Tier::Edge, local(edge_port)}};
  fleet.links = {{0, 1, local(link_port)}};
  link_ = std::make_unique<AdjustableLink>(link_port, edge_port);
  agents_.push_back(start_agent({.name = "edge", .port = edge_port, .fleet = fleet, .slowdown = slowdowns.edge}));
  auto engine = engine::onnx_runtime({1});
  model::Model model = read_network(network, *engine);
  workspace_ = std::make_unique<workspace::Workspace>(std::move(engine), std::move(model), fleet,
                                                      folder_.path() / "costs.db", slowdowns.device);
  subjects_ = workspace_->access().subjects(this->model().digest());
  inputs_ = engine::made_up_inputs(this->model());
}

void TwoTargets::set_link(double mbps, double one_way_ms) {
  link::LinkConditions conditions;
  conditions.up_mbps = conditions.down_mbps = mbps;
  conditions.one_way_delay = base::Milliseconds(one_way_ms);
  link_->set(conditions);
  store().put(profile::measure_link(targets(), fleet().links[0]));
}

void TwoTargets::profile(const profile::MeasurementSettings& settings, const profile::Progress& progress) {
  const auto ignore = [](const std::string&, double) {};
  profile::measure_model(model(), subjects_, store(), offers_, settings, progress ? progress : ignore);
}

plan::Plan TwoTargets::split_at(const plan::Problem& problem, std::size_t position) const {
  plan::Decision decision;
  decision.route = {0};
  for (std::size_t block = 0; block < problem.blocks.size(); ++block)
    decision.position.push_back(problem.blocks[block].first >= position ? 1 : 0);
  if (position < model().graph().layers.size()) decision.route.push_back(1);
  for (std::size_t tensor = 0; tensor < problem.tensors.size(); ++tensor) {
    const auto& each = problem.tensors[tensor];
    const bool is_here = each.producer == plan::kNone || decision.position[each.producer] == 0;
    const bool is_read_there =
        std::ranges::any_of(each.consumers, [&](std::size_t block) { return decision.position[block] == 1; });
    if (is_here && is_read_there) decision.crossings.push_back({0, tensor, 0});
  }
  return plan::price(problem, decision);
}

plan::Plan TwoTargets::any_split_at(std::size_t position) const {
  const std::size_t layers = model().graph().layers.size();
  plan::Plan plan;
  plan.stages.push_back({.target = "device"});
  if (position > 0) plan.stages[0].ranges = {{0, position}};
  if (position < layers) plan.stages.push_back({.target = "edge", .ranges = {{position, layers}}});
  return plan;
}

std::vector<const model::Cut*> TwoTargets::cuts(const plan::Problem& problem) const {
  std::vector<const model::Cut*> cuts;
  for (const auto& cut : model().cuts()) {
    if (std::ranges::find(problem.blocks, cut.position, &plan::Block::first) != problem.blocks.end())
      cuts.push_back(&cut);
  }
  return cuts;
}

std::vector<std::string> published_networks() {
  std::vector<std::string> names;
  for (const auto& network : zoo::list()) {
    if (network.name != "alexnet" && network.input.shape[2] >= 200) names.push_back(network.name);
  }
  return names;
}

Runner::Runner(TwoTargets& machines, plan::Plan chosen, const deploy::CodecDescriptions& codecs)
    : plan(std::move(chosen)),
      deployed(std::make_unique<workspace::DeployedPlan>(machines.workspace(), plan, codecs)) {}

deploy::Answer Runner::run(const std::vector<base::NamedTensor>& inputs) {
  auto answer = deployed->run(inputs).take();
  samples_ms.push_back(answer.latency_ms);
  compute_ms.resize(answer.hops.size());
  for (std::size_t hop = 0; hop < answer.hops.size(); ++hop) compute_ms[hop].push_back(answer.hops[hop].compute_ms);
  return answer;
}

double Runner::median_ms() const {
  return base::median(samples_ms);
}

}  // namespace tandem::bench
