#include "plan/solve/remainder.h"

#include <algorithm>
#include <numeric>

namespace tandem::plan {
namespace {

// Overheads may count below zero in the functional of a share. A plan has at most one stage a tier, and a further part
// for each phase after the first.
double least_overheads(const Query& query, const Functional& functional) {
  std::vector<double> by_tier(query.problem->tiers.size(), 0);
  for (std::size_t target = 0; target < query.target_count(); ++target) {
    double& least = by_tier[query.problem->targets[target].tier];
    for (std::size_t phase = 0; phase < query.scenario.phase_count(); ++phase)
      least = std::min(least, query.stage_cost(functional, target, phase));
  }
  double sum = std::accumulate(by_tier.begin(), by_tier.end(), 0.0);
  for (std::size_t phase = 1; phase < query.scenario.phase_count(); ++phase) {
    double least = 0;
    for (std::size_t target = 0; target < query.target_count(); ++target)
      least = std::min(least, query.part_cost(functional, target, phase));
    sum += least;
  }
  return sum;
}

}  // namespace

Remainder::Remainder(const Query& query, const Functional& functional, const std::vector<std::size_t>& links)
    : targets_(query.target_count()),
      least_((query.scenario.size() + 1) * targets_, kUnlimited),
      overheads_(least_overheads(query, functional) + query.least_extras(functional)) {
  const std::size_t count = query.scenario.size();
  for (std::size_t target = 0; target < targets_; ++target) at(count, target) = 0;
  for (std::size_t cut = count; cut-- > 0;) {
    for (std::size_t target = 0; target < targets_; ++target) {
      if (query.may(cut, target)) at(cut, target) = at(cut + 1, target) + query.block_cost(functional, cut, target);
    }
    for (auto link = links.rbegin(); link != links.rend(); ++link) relax(query, functional, cut, *link);
  }
}

void Remainder::relax(const Query& query, const Functional& functional, std::size_t cut, std::size_t link) {
  const std::size_t phase = query.scenario.phase[cut];
  double sum = query.hop_cost(functional, link, phase) + at(cut, query.problem->links[link].to);
  for (const std::size_t id : query.scenario.frontier(cut)) {
    sum += query.least_crossing_cost(functional, query.encodings_of(query.scenario.tensors[id]), link, phase);
  }
  double& here = at(cut, query.problem->links[link].from);
  here = std::min(here, sum);
}

}  // namespace tandem::plan
