#include "plan/solve/scenario.h"

#include <algorithm>
#include <numeric>

#include "plan/solve/functional.h"

namespace tandem::plan {
namespace {

// By block, its phase: the place in the policy of the first exit that needs the block; kNone: no exit does.
std::vector<std::size_t> phases_of(const Problem& problem, const Policy* policy) {
  if (policy == nullptr) return std::vector<std::size_t>(problem.blocks.size(), 0);
  std::vector<std::size_t> phases(problem.blocks.size(), kNone);
  for (std::size_t i = 0; i < policy->exits.size(); ++i) {
    auto& phase = phases[problem.exits[policy->exits[i].exit].block];
    phase = std::min(phase, i);
  }
  std::vector<std::vector<std::size_t>> sources(problem.blocks.size());
  for (const auto& tensor : problem.tensors) {
    if (tensor.producer == kNone) continue;
    for (const std::size_t consumer : tensor.consumers) sources[consumer].push_back(tensor.producer);
  }
  for (std::size_t block = problem.blocks.size(); block-- > 0;) {
    for (const std::size_t source : sources[block]) phases[source] = std::min(phases[source], phases[block]);
  }
  return phases;
}

// Adds ties: as if the first of the blocks made a tensor that the others read and that cannot be sent.
void add_ties(const Problem& problem, Scenario& scenario, std::vector<std::size_t>& starts) {
  for (const auto& constraint : problem.constraints) {
    if (constraint.kind != ConstraintKind::Together) continue;
    std::vector<std::size_t> ranks;
    for (const std::size_t block : constraint.blocks) {
      if (scenario.rank_of[block] != kNone) ranks.push_back(scenario.rank_of[block]);
    }
    if (ranks.size() < 2) continue;
    std::ranges::sort(ranks);
    starts.push_back(scenario.all_readers.size());
    scenario.tensors.push_back({kNone, ranks.front(), {}, -1});
    scenario.all_readers.insert(scenario.all_readers.end(), ranks.begin() + 1, ranks.end());
  }
}

// Adds the tensors that a running block reads, with producers and readers as ranks.
void add_tensors(const Problem& problem, Scenario& scenario) {
  const auto& rank_of = scenario.rank_of;
  std::vector<std::size_t> starts;
  starts.reserve(problem.tensors.size() + 1);
  scenario.tensors.reserve(problem.tensors.size());
  scenario.all_readers.reserve(problem.tensors.size());
  for (std::size_t id = 0; id < problem.tensors.size(); ++id) {
    const Tensor& tensor = problem.tensors[id];
    if (tensor.producer != kNone && rank_of[tensor.producer] == kNone) continue;
    const std::size_t start = scenario.all_readers.size();
    for (const std::size_t consumer : tensor.consumers) {
      if (rank_of[consumer] != kNone) scenario.all_readers.push_back(rank_of[consumer]);
    }
    if (scenario.all_readers.size() == start) continue;
    std::sort(scenario.all_readers.begin() + static_cast<std::ptrdiff_t>(start), scenario.all_readers.end());
    const std::size_t producer = tensor.producer == kNone ? kNone : rank_of[tensor.producer];
    const double plain_bytes = is_bytes_only(tensor.encodings) ? tensor.encodings[0].bytes : -1;
    scenario.tensors.push_back({id, producer, {}, plain_bytes});
    starts.push_back(start);
  }
  add_ties(problem, scenario, starts);
  starts.push_back(scenario.all_readers.size());
  for (std::size_t i = 0; i < scenario.tensors.size(); ++i)
    scenario.tensors[i].readers = std::span(scenario.all_readers).subspan(starts[i], starts[i + 1] - starts[i]);
}

void find_frontiers(Scenario& scenario) {
  const auto first_cut = [](const Scenario::ActiveTensor& tensor) {
    return tensor.producer == kNone ? 0 : tensor.producer + 1;
  };
  auto& start = scenario.frontier_start;
  start.assign(scenario.size() + 2, 0);
  for (const auto& tensor : scenario.tensors) {
    for (std::size_t cut = first_cut(tensor); cut <= tensor.readers.back(); ++cut) ++start[cut + 1];
  }
  std::partial_sum(start.begin(), start.end(), start.begin());
  scenario.frontier_tensors.resize(start.back());
  std::vector<std::size_t> next(start.begin(), start.end() - 1);
  for (std::size_t id = 0; id < scenario.tensors.size(); ++id) {
    const auto& tensor = scenario.tensors[id];
    for (std::size_t cut = first_cut(tensor); cut <= tensor.readers.back(); ++cut)
      scenario.frontier_tensors[next[cut]++] = id;
  }
}

// Neighbours in one phase must depend on each other. Those in different phases do, since exits are decided in order.
bool find_total_order(const Scenario& scenario) {
  std::vector<char> follows(scenario.size(), 0);
  for (const auto& tensor : scenario.tensors) {
    if (tensor.producer == kNone) continue;
    if (std::ranges::binary_search(tensor.readers, tensor.producer + 1)) follows[tensor.producer + 1] = 1;
  }
  for (std::size_t rank = 1; rank < scenario.size(); ++rank) {
    if (!follows[rank] && scenario.phase[rank] == scenario.phase[rank - 1]) return false;
  }
  return true;
}

void find_reach(const Problem& problem, const Policy* policy, Scenario& scenario) {
  const std::size_t phases = policy == nullptr ? 1 : policy->exits.size();
  scenario.mean_reach.assign(phases, 1);
  scenario.time_reach.assign(phases, 1);
  if (policy == nullptr) return;
  double left = 0;
  for (std::size_t phase = phases; phase-- > 0;) scenario.mean_reach[phase] = left += policy->exits[phase].share;
  scenario.time_reach = scenario.mean_reach;
  if (problem.latency_quantile == 0) return;
  double stopped = 0;
  std::size_t last = 0;
  for (; last + 1 < phases; ++last) {
    stopped += policy->exits[last].share;
    if (stopped >= problem.latency_quantile - 1e-9) break;
  }
  for (std::size_t phase = 0; phase < phases; ++phase) scenario.time_reach[phase] = phase <= last ? 1 : 0;
}

}  // namespace

Scenario make_scenario(const Problem& problem, std::size_t policy) {
  const Policy* chosen = problem.policies.empty() ? nullptr : &problem.policies[policy];
  Scenario scenario;
  scenario.policy = policy;
  scenario.accuracy = chosen == nullptr ? 100 : chosen->accuracy;
  const auto phases = phases_of(problem, chosen);
  scenario.order.reserve(phases.size());
  scenario.phase.reserve(phases.size());
  for (std::size_t block = 0; block < phases.size(); ++block) {
    if (phases[block] != kNone) scenario.order.push_back(block);
  }
  if (chosen != nullptr) std::ranges::stable_sort(scenario.order, {}, [&](std::size_t block) { return phases[block]; });
  scenario.rank_of.assign(problem.blocks.size(), kNone);
  for (std::size_t rank = 0; rank < scenario.size(); ++rank) {
    scenario.rank_of[scenario.order[rank]] = rank;
    scenario.phase.push_back(phases[scenario.order[rank]]);
  }
  add_tensors(problem, scenario);
  scenario.is_total_order = find_total_order(scenario);
  find_frontiers(scenario);
  find_reach(problem, chosen, scenario);
  return scenario;
}

}  // namespace tandem::plan
