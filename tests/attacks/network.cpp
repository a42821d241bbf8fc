#include "attacks/network.h"

#include <algorithm>

#include "engine/load.h"
#include "engine/onnxruntime/onnx_runtime.h"
#include "engine/verify.h"
#include "zoo/zoo.h"

namespace tandem::attacks {
namespace {

constexpr double kTolerance = 1e-4;

fleet::Fleet fleet_of(const std::string& device, const std::string& edge_address) {
  fleet::Fleet fleet;
  fleet.targets = {{device, fleet::Tier::Device, fleet::kHere}, {kEdge, fleet::Tier::Edge, edge_address}};
  fleet.links = {{0, 1, edge_address}};
  return fleet;
}

}  // namespace

Network::Network(const std::string& zoo_name, const std::string& device, const std::string& edge_address,
                 const std::filesystem::path& certificates)
    : device_(device),
      engine_(engine::onnx_runtime({.threads = 1})),
      model_(engine::complete(model::Source::from_part(zoo::build(zoo_name), zoo_name), *engine_)),
      inputs_(engine::made_up_inputs(model_)),
      expected_(engine::run_whole(model_, *engine_, inputs_)) {
  fleet::Fleet fleet = fleet_of(device, edge_address);
  fleet.certificates = certificates;
  access_ = std::make_unique<workspace::FleetAccess>(fleet, 1, *engine_);
  deployment_ = std::make_unique<deploy::Deployment>(model_, access_->targets());
}

deploy::Route Network::deploy(std::size_t first_layer_on_edge) {
  const std::size_t cut = std::min(first_layer_on_edge, layers());
  plan::Plan plan;
  plan.stages.push_back({.target = device_});
  if (cut > 0) plan.stages[0].ranges = {{0, cut}};
  if (cut < layers()) plan.stages.push_back({.target = kEdge, .ranges = {{cut, layers()}}});
  return deployment_->add_apart({plan}).front();
}

bool Network::is_right(const deploy::Answer& answer) const {
  return std::ranges::equal(answer.outputs, expected_, [](const auto& actual, const auto& right) {
    return actual.name == right.name && base::relative_difference(actual.tensor, right.tensor) <= kTolerance;
  });
}

}  // namespace tandem::attacks
