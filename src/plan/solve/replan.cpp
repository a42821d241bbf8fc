#include "plan/solve/replan.h"

#include <algorithm>

#include "base/error.h"
#include "plan/solve/chain.h"
#include "plan/solve/query.h"

namespace tandem::plan {

Replanner::Replanner(Problem problem) : problem_(std::move(problem)) {
  for (std::size_t policy = 0; policy < std::max<std::size_t>(1, problem_.policies.size()); ++policy) {
    Policy made;
    made.query = std::make_unique<Query>(make_query(problem_, policy));
    if (!chain_fits(*made.query)) {
      throw base::Error(base::ErrorKind::Unsupported,
                        "replanning takes a chain of blocks, a sum to minimise, and no limit but a deadline");
    }
    made.planner = std::make_unique<ChainPlanner>(*made.query);
    policies_.push_back(std::move(made));
  }
}

Replanner::~Replanner() = default;

void Replanner::set_link(std::size_t link, double round_trip_ms, double upload_mbps, double download_mbps) {
  problem_.links[link].round_trip_ms = round_trip_ms;
  problem_.links[link].upload_mbps = upload_mbps;
  problem_.links[link].download_mbps = download_mbps;
  is_stale_ = true;
}

void Replanner::set_load(std::size_t target, double load) {
  problem_.targets[target].load = load;  // read where it is used
}

const Decision* Replanner::plan() {
  const Policy* best = nullptr;
  double least = kUnlimited;
  double fastest = kUnlimited;
  for (auto& policy : policies_) {
    if (is_stale_) policy.planner->refresh();
    if (!policy.planner->solve()) continue;
    const double cost = policy.query->fixed_cost.value_or(policy.planner->cost());
    const double tie = policy.planner->cost();
    if (cost > least || (cost == least && tie >= fastest)) continue;
    best = &policy;
    least = cost;
    fastest = tie;
  }
  is_stale_ = false;
  return best == nullptr ? nullptr : &best->planner->decision();
}

}  // namespace tandem::plan
