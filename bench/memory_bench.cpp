// Memory of an agent that holds five different stages of a model (of five plans, with four different cuts), against one
// that holds the whole model. Each is a process of its own.
//
//   memory_bench [--model resnet50] [--json]
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

#include "base/json.h"
#include "base/private_folder.h"
#include "cli/command_line.h"
#include "deploy/deployment.h"
#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "processes.h"
#include "workspace/fleet_access.h"
#include "zoo/zoo.h"

namespace tandem::bench {
namespace {

using Range = std::pair<std::size_t, std::size_t>;

// A "plan" of one stage: enough to make an agent hold it.
plan::Plan holding(const Range& layers) {
  plan::Plan plan;
  plan.stages.push_back({.target = "device", .ranges = {{layers.first, layers.second}}});
  return plan;
}

// The whole, two prefixes and two suffixes, cut at one-tensor cuts at about 20, 40, 60 and 80 % of the way.
std::vector<Range> five_stages(const model::Model& model) {
  const std::size_t count = model.graph().layers.size();
  std::vector<std::size_t> positions;
  for (const auto& cut : model.cuts()) {
    const bool is_due = cut.position * 5 >= count * (positions.size() + 1);
    if (cut.tensors.size() == 1 && is_due && positions.size() < 4) positions.push_back(cut.position);
  }
  return {{0, count}, {0, positions.at(1)}, {0, positions.at(3)}, {positions.at(0), count}, {positions.at(2), count}};
}

std::int64_t hold(const Process& process, int port, const model::Model& model, engine::Engine& engine,
                  const std::vector<Range>& stages) {
  const fleet::Fleet fleet = fleet::parse_fleet(
      fmt::format("targets: [{{name: device, tier: device, address: \"{}\"}}]", local(port)), "fleet");
  const workspace::FleetAccess access(fleet, 1, engine);
  deploy::Deployment deployment(model, access.targets());
  std::vector<plan::Plan> plans;
  for (const auto& stage : stages) plans.push_back(holding(stage));
  (void)deployment.add(plans);
  return process.resident_bytes();
}

}  // namespace
}  // namespace tandem::bench

int main(int argument_count, char** arguments) {
  using namespace tandem;
  cli::CommandLine command_line("Memory of an agent with five stages against one with the whole model");
  cli::Command application = command_line.root();
  std::string name = "resnet50";
  bool json = false;
  application.add_option("--model", name);
  application.add_flag("--json", json);
  if (const auto code = command_line.parse(argument_count, arguments)) return *code;
  const base::PrivateFolder folder("memory-bench");
  const auto& cache = folder.path();
  const int ports[] = {bench::free_port(), bench::free_port()};
  const bench::Process whole = bench::start_agent({.name = "device", .port = ports[0], .weight_cache = cache / "a"});
  const bench::Process five = bench::start_agent({.name = "device", .port = ports[1], .weight_cache = cache / "b"});
  const auto engine = engine::onnx_runtime({1});
  const model::Model model = engine::complete(model::Source::from_part(zoo::build(name), name), *engine);
  const auto stages = bench::five_stages(model);
  const auto whole_bytes = bench::hold(whole, ports[0], model, *engine, {stages[0]});
  const auto five_bytes = bench::hold(five, ports[1], model, *engine, stages);
  const double ratio = static_cast<double>(five_bytes) / static_cast<double>(whole_bytes);
  if (json) {
    const base::Json row = {
        {"model", name}, {"whole_bytes", whole_bytes}, {"five_stages_bytes", five_bytes}, {"ratio", ratio}};
    fmt::print("{}\n", row.dump(1));
  } else {
    fmt::print("{}: whole {} MB, five stages {} MB: {:.3f}\n", name, whole_bytes / 1'000'000, five_bytes / 1'000'000,
               ratio);
  }
}
