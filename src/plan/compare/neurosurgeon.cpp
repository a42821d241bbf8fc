// Neurosurgeon: Kang, Hauswald, Gao, Rovinski, Mudge, Mars and Tang, "Neurosurgeon: Collaborative Intelligence Between
// the Cloud and Mobile Edge", ASPLOS 2017, section 5, algorithm 1. One cut between the device and the cloud, at the
// least of
//   latency   time of the layers before it on the device + upload + time of the others in the cloud, or
//   energy    of the device: the first two, each times its power.
// Its regressions are replaced by the problem's times, its one cloud by any target with a link from the device; a graph
// is cut in its order. It knows no round trip, no overhead of stages, no codec and no limit.
#include "plan/compare/compare.h"
#include "plan/compare/placing.h"

namespace tandem::plan {
namespace {

struct Best {
  double cost = kUnlimited;
  std::size_t remote = 0;
  std::size_t cut = 0;
};

double cost_at(const Problem& problem, const CutCosts& costs, std::size_t cut) {
  if (problem.objective.kind != ObjectiveKind::Energy)
    return costs.device_ms[cut] + costs.upload_ms[cut] + costs.remote_ms[cut];
  const Target& device = problem.targets[0];
  return costs.device_ms[cut] * device.compute_watts + costs.upload_ms[cut] * device.send_watts;
}

}  // namespace

Choice choose_neurosurgeon(const Problem& problem, const CompareOptions&) {
  const auto policy = whole_policy(problem);
  if (!policy) return {{}, "no policy runs the whole network, and it knows no exits", ""};
  if (remotes(problem).empty()) return {{}, "it needs a second target with a link from the first", ""};
  Best best;
  for (const std::size_t remote : remotes(problem)) {
    const CutCosts costs = cut_costs(problem, *policy, remote);
    for (std::size_t cut = 0; cut < costs.upload_ms.size(); ++cut) {
      const double cost = cost_at(problem, costs, cut);
      if (cost < best.cost && cut_at(problem, *policy, remote, cut, plain_encoding)) best = {cost, remote, cut};
    }
  }
  if (best.cost == kUnlimited) return {{}, "no cut can be sent", ""};
  return {cut_at(problem, *policy, best.remote, best.cut, plain_encoding), "", ""};
}

}  // namespace tandem::plan
