// DADS: Hu, Bao, Wang and Liu, "Dynamic Adaptive DNN Surgery for Inference Acceleration on the Edge", INFOCOM 2019.
// Light load (DSL): a minimum cut of a graph with an arc of the device's time, one of the other target's,
// and for each tensor one of its transfer, paid once however many layers read it. Heavy load (DSH, here where the
// objective is throughput): the busiest of device, link and other target; NP-hard, so minimum cuts approximate it
// within a factor of 3, which the cut of the sum has. Here several weights of the three are tried, that of the sum
// among them, and the best is taken.
//
// A minimum cut lets data flow back from the other target for free, which no deployment can: layers that need something
// from there are moved there, and the choice says so. It knows no round trip, no overhead, no codec and no limit.
#include <algorithm>

#include "plan/compare/compare.h"
#include "plan/compare/placing.h"
#include "plan/compare/surgery.h"

namespace tandem::plan {

Choice choose_dads(const Problem& problem, const CompareOptions&) {
  const auto policy = whole_policy(problem);
  if (!policy) return {{}, "no policy runs the whole network, and it knows no exits", ""};
  if (remotes(problem).empty()) return {{}, "it needs a second target with a link from the first", ""};
  const bool is_heavy = problem.objective.kind == ObjectiveKind::Throughput;
  const std::vector<double> factors =
      is_heavy ? std::vector<double>{1, 0.5, 2, 0.25, 4, 0.1, 10} : std::vector<double>{1};
  double least = kUnlimited;
  Choice choice{{}, "no cut can be sent", ""};
  for (const std::size_t remote : remotes(problem)) {
    const Surgery surgery(problem, *policy, remote);
    for (const double device : factors) {
      for (const double transfer : factors) {
        auto side = surgery.cut({device, transfer, 1});
        const bool is_repaired = surgery.repair(side);
        const auto [here, way, there] = surgery.times(side);
        const double cost = is_heavy ? std::max({here, way, there}) : here + way + there;
        if (cost >= least) continue;
        auto decision = placed(problem, *policy, {0, remote}, std::move(side), plain_encoding);
        if (!decision) continue;
        least = cost;
        choice = {std::move(decision), "", is_repaired ? "its cut let data flow back; layers were moved" : ""};
      }
    }
  }
  return choice;
}

}  // namespace tandem::plan
