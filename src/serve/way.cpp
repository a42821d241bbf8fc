#include "serve/way.h"

#include <algorithm>
#include <utility>

namespace tandem::serve {

bool avoids(const plan::Plan& plan, const std::set<std::string>& targets) {
  return std::ranges::none_of(plan.stages, [&](const plan::Stage& stage) {
    return targets.contains(stage.target) || std::ranges::any_of(plan::shares_of(stage), [&](const plan::Share& share) {
             return targets.contains(share.target);
           });
  });
}

Way way_by(const deploy::Deployment& deployment, plan::Plan plan, deploy::Route route) {
  Way way{std::move(plan), std::move(route), {}, {}};
  for (const auto& hop : way.route.hops) {
    way.layers.push_back(deployment.layers_of(hop.parts));
    auto& offloaded = way.offloaded.emplace_back();
    for (const auto& offload : hop.offloads) offloaded.push_back(deployment.layers_of(offload.parts));
  }
  return way;
}

}  // namespace tandem::serve
