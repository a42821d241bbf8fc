#include "plan/judge/price.h"

#include <algorithm>
#include <cmath>

#include "plan/judge/bill.h"
#include "plan/judge/stages.h"
#include "plan/judge/structure.h"

namespace tandem::plan {
namespace {

constexpr double kTolerance = 1e-9;    // of limits, relative: for the rounding of sums
constexpr double kErrorSlack = 1e-12;  // of limits of the error, in percentage points: it is 100 less the accuracy

bool contains(const std::vector<std::size_t>& list, std::size_t item) {
  return std::ranges::find(list, item) != list.end();
}

// Whether the list names this item, or is empty and so stands for all.
bool counts(const std::vector<std::size_t>& list, std::size_t item) {
  return list.empty() || contains(list, item);
}

bool is_link_counted(const Problem& problem, const Decision& decision, const std::vector<std::size_t>& links,
                     std::size_t hop) {
  return links.empty() || contains(links, find_link(problem, decision.route[hop], decision.route[hop + 1]));
}

// The sum of a value over the offloads of a plan that count.
template <class Counts, class Value>
double sum_of_offloads(const Problem& problem, const Decision& decision, const Counts& counts, const Value& value) {
  double sum = 0;
  if (!decision.is_parallel()) return sum;
  Priced(problem, decision).for_each_offload([&](const OffloadBill& offload) {
    if (counts(offload)) sum += value(offload);
  });
  return sum;
}

// The sum of a value over the bypasses of a plan whose links count.
template <class Value>
double sum_of_bypasses(const Problem& problem, const Plan& plan, const std::vector<std::size_t>& links,
                       const Value& value) {
  double sum = 0;
  for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
    for (const auto& bypass : plan.stages[stage].bypasses) {
      const auto to = std::ranges::find(plan.stages, bypass.target, &Stage::target) - plan.stages.begin();
      const auto& route = plan.decision.route;
      if (counts(links, find_link(problem, route[stage], route[static_cast<std::size_t>(to)]))) sum += value(bypass);
    }
  }
  return sum;
}

double upload_bytes(const Problem& problem, const Plan& plan, const std::vector<std::size_t>& links) {
  double sum = 0;
  for (std::size_t hop = 0; hop + 1 < plan.stages.size(); ++hop) {
    if (is_link_counted(problem, plan.decision, links, hop)) sum += plan.stages[hop].sent_bytes;
  }
  sum += sum_of_bypasses(problem, plan, links, [](const Bypass& each) { return each.sent_bytes; });
  const auto is_counted = [&](const OffloadBill& offload) { return counts(links, offload.link); };
  return sum + sum_of_offloads(problem, plan.decision, is_counted, [](const auto& each) { return each.sent_bytes; });
}

double exchange_ms(const Problem& problem, const Plan& plan, const std::vector<std::size_t>& links) {
  double sum = 0;
  for (std::size_t hop = 0; hop + 1 < plan.stages.size(); ++hop) {
    if (is_link_counted(problem, plan.decision, links, hop)) sum += plan.stages[hop].exchange_ms;
  }
  sum += sum_of_bypasses(problem, plan, links, [](const Bypass& each) { return each.exchange_ms; });
  const auto is_counted = [&](const OffloadBill& offload) { return counts(links, offload.link); };
  return sum + sum_of_offloads(problem, plan.decision, is_counted, [](const auto& each) { return each.exchange_ms(); });
}

double compute_ms(const Problem& problem, const Plan& plan, const std::vector<std::size_t>& targets) {
  double sum = 0;
  for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
    if (counts(targets, plan.decision.route[stage])) sum += plan.stages[stage].compute_ms;
  }
  const auto is_counted = [&](const OffloadBill& offload) { return counts(targets, offload.target); };
  return sum + sum_of_offloads(problem, plan.decision, is_counted, [](const auto& each) { return each.compute_ms; });
}

// A quantity as the sum of what stages, and either end of offloads, have of it.
struct Quantity {
  double (Priced::*of_stage)(const Bill& bill, std::size_t stage) const;
  double (Priced::*of_caller)(const OffloadBill& offload) const;
  double (Priced::*of_offload)(const OffloadBill& offload) const;
};
constexpr Quantity kEnergy = {&Priced::energy_j, &Priced::caller_energy_j, &Priced::offload_energy_j};
constexpr Quantity kMoney = {&Priced::money, &Priced::caller_money, &Priced::offload_money};

double sum_of(const Quantity& quantity, const Problem& problem, const Decision& decision,
              const std::vector<std::size_t>& targets) {
  const Priced priced(problem, decision);
  const Bill mean = priced.mean_bill();
  double sum = 0;
  for (std::size_t stage = 0; stage < mean.size(); ++stage) {
    if (contains(targets, decision.route[stage])) sum += (priced.*quantity.of_stage)(mean, stage);
  }
  priced.for_each_offload([&](const OffloadBill& offload) {
    if (contains(targets, decision.route[offload.stage])) sum += (priced.*quantity.of_caller)(offload);
    if (contains(targets, offload.target)) sum += (priced.*quantity.of_offload)(offload);
  });
  return sum;
}

// By target.
std::vector<double> memory_bytes(const Problem& problem, const Decision& decision) {
  std::vector<double> sums(problem.targets.size());
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    if (const std::size_t target = decision.target_of(block); target != kNone)
      sums[target] += problem.blocks[block].memory_bytes;
  }
  return sums;
}

double most_memory_bytes(const Problem& problem, const Decision& decision, const std::vector<std::size_t>& targets) {
  const std::vector<double> sums = memory_bytes(problem, decision);
  double most = 0;
  for (std::size_t target = 0; target < sums.size(); ++target) {
    if (counts(targets, target)) most = std::max(most, sums[target]);
  }
  return most;
}

// `error`: percent of wrong answers, a sum of its own: 100 less the accuracy would lose its last digits.
double cost_of(const Problem& problem, const Plan& plan, double error) {
  const Objective& objective = problem.objective;
  switch (objective.kind) {
    case ObjectiveKind::Latency:
      return plan.latency_ms;
    case ObjectiveKind::Accuracy:
      return error;
    case ObjectiveKind::Throughput:
      return plan.period_ms;
    case ObjectiveKind::Upload:
      return upload_bytes(problem, plan, objective.links);
    case ObjectiveKind::Energy:
      return plan.energy_j;
    case ObjectiveKind::Money:
      return plan.money;
    case ObjectiveKind::Weighted:
      return objective.latency_weight * plan.latency_ms +
             objective.upload_weight * upload_bytes(problem, plan, objective.links) +
             objective.energy_weight * plan.energy_j + objective.money_weight * plan.money +
             objective.error_weight * error;
  }
  return 0;
}

// Whether all readers of the tensors that have to stay private are on the targets where they may be read.
bool is_private(const Problem& problem, const Decision& decision, const Constraint& constraint) {
  const std::vector<bool> guarded = private_tensors(problem, constraint.blocks);
  for (std::size_t tensor = 0; tensor < problem.tensors.size(); ++tensor) {
    if (!guarded[tensor]) continue;
    for (const std::size_t consumer : problem.tensors[tensor].consumers) {
      const std::size_t target = decision.target_of(consumer);
      if (target != kNone && !contains(constraint.targets, target)) return false;
    }
  }
  return true;
}

bool runs_together(const Decision& decision, const std::vector<std::size_t>& blocks) {
  std::size_t target = kNone;
  for (const std::size_t block : blocks) {
    const std::size_t here = decision.target_of(block);
    if (here == kNone) continue;
    if (target != kNone && here != target) return false;
    target = here;
  }
  return true;
}

bool runs_on_any(const Decision& decision, const std::vector<std::size_t>& targets, std::size_t block) {
  const std::size_t target = decision.target_of(block);
  return target != kNone && contains(targets, target);
}

// How many of these targets run a block.
std::size_t running(const Decision& decision, const std::vector<std::size_t>& targets) {
  std::size_t count = 0;
  for (std::size_t stage = 0; stage < decision.route.size(); ++stage) {
    if (contains(decision.position, stage) && contains(targets, decision.route[stage])) ++count;
  }
  return count;
}

// Requests come from the first target in any case: it is avoided when it runs nothing.
bool avoids(const Decision& decision, const std::vector<std::size_t>& targets) {
  for (std::size_t stage = 0; stage < decision.route.size(); ++stage) {
    const bool takes_part = stage > 0 || contains(decision.position, stage);
    if (takes_part && contains(targets, decision.route[stage])) return false;
  }
  return std::ranges::none_of(decision.beside, [&](std::size_t target) { return contains(targets, target); });
}

// Whether the decision keeps a constraint other than AtMost.
bool is_kept(const Problem& problem, const Decision& decision, const Constraint& constraint) {
  const auto is_on = [&](std::size_t block) { return runs_on_any(decision, constraint.targets, block); };
  switch (constraint.kind) {
    case ConstraintKind::RunsOn:
      return std::ranges::all_of(constraint.blocks,
                                 [&](std::size_t block) { return decision.position[block] == kNone || is_on(block); });
    case ConstraintKind::KeepsOff:
      return std::ranges::none_of(constraint.blocks, is_on);
    case ConstraintKind::Uses:
      for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
        if (is_on(block)) return true;
      }
      return false;
    case ConstraintKind::UsesFew:
      return static_cast<double>(running(decision, constraint.targets)) <= constraint.limit;
    case ConstraintKind::Avoids:
      return avoids(decision, constraint.targets);
    case ConstraintKind::Private:
      return is_private(problem, decision, constraint);
    case ConstraintKind::Together:
      return runs_together(decision, constraint.blocks);
    case ConstraintKind::AtMost:
      break;
  }
  return true;
}

std::vector<PlanExit> plan_exits(const Problem& problem, const Policy& policy) {
  std::vector<PlanExit> exits;
  for (const auto& [exit, share, threshold] : policy.exits)
    exits.push_back({problem.exits[exit].name, share, threshold, problem.exits[exit].temperature});
  return exits;
}

bool exceeds(double value, double limit) {
  return limit < kUnlimited && value > limit + kTolerance * limit;
}

// Of tensors that a request sends over a hop, whichever exit it stops at behind it.
double hop_bytes(const Problem& problem, const Decision& decision, std::size_t hop) {
  double sum = 0;
  for (const auto& crossing : decision.crossings) {
    if (crossing.hop == hop && crossing.past == 0)
      sum += problem.tensors[crossing.tensor].encodings[crossing.encoding].bytes;
  }
  return sum;
}

// Whether all hops and offloads send as many bytes as their links allow.
bool keeps_sizes(const Problem& problem, const Plan& plan) {
  const auto keeps = [&](std::size_t link, double bytes) {
    const Link& limits = problem.links[link];
    return limits.most_bytes > 0 && !exceeds(bytes, limits.most_bytes) && !exceeds(limits.least_bytes, bytes);
  };
  const auto& route = plan.decision.route;
  for (std::size_t hop = 0; hop + 1 < route.size(); ++hop) {
    if (!keeps(find_link(problem, route[hop], route[hop + 1]), hop_bytes(problem, plan.decision, hop))) return false;
  }
  bool all_keep = true;
  if (plan.decision.is_parallel()) {
    Priced(problem, plan.decision).for_each_offload([&](const OffloadBill& offload) {
      all_keep = all_keep && keeps(offload.link, offload.sent_bytes);
    });
  }
  return all_keep;
}

}  // namespace

Plan price(const Problem& problem, const Decision& decision) {
  const Priced priced(problem, decision);
  const Bill mean = priced.mean_bill();
  const Bill latency = priced.latency_bill(mean);
  Plan plan;
  plan.stages = stages_of(problem, decision, mean, latency, priced.steps());
  plan.decision = decision;
  if (!problem.policies.empty()) {
    plan.policy = problem.policies[decision.policy].name;
    plan.exits = plan_exits(problem, problem.policies[decision.policy]);
    plan.confidence = problem.confidence;
    plan.accuracy = problem.policies[decision.policy].accuracy;
  }
  double error = 100 - plan.accuracy;
  for (std::size_t stage = 0; stage < mean.size(); ++stage) {
    plan.latency_ms += plan.stages[stage].compute_ms + plan.stages[stage].exchange_ms + plan.stages[stage].waiting_ms();
    plan.upload_bytes += mean[stage].sent_bytes;
    plan.energy_j += priced.energy_j(mean, stage);
    plan.money += priced.money(mean, stage);
    plan.accuracy -= mean[stage].accuracy_loss;
    error += mean[stage].accuracy_loss;
    plan.latency_ms += plan.stages[stage].bypass_ms();
    for (const auto& bypass : mean[stage].bypasses) {
      plan.upload_bytes += bypass.sent_bytes;
      plan.accuracy -= bypass.accuracy_loss;
      error += bypass.accuracy_loss;
    }
  }
  priced.for_each_offload([&](const OffloadBill& offload) {
    plan.upload_bytes += offload.sent_bytes;
    plan.energy_j += priced.caller_energy_j(offload) + priced.offload_energy_j(offload);
    plan.money += priced.caller_money(offload) + priced.offload_money(offload);
    plan.accuracy -= offload.accuracy_loss;
    error += offload.accuracy_loss;
  });
  plan.period_ms = priced.period_ms(mean);
  plan.cost = cost_of(problem, plan, error);
  return plan;
}

bool is_same_cost(double left, double right) {
  return std::abs(left - right) <= kRounding * std::max(std::abs(left), std::abs(right));
}

double with_rounding(double cost) {
  return cost + kRounding * std::abs(cost);
}

bool is_better(const Plan& left, const Plan& right) {
  return is_same_cost(left.cost, right.cost) ? left.latency_ms < right.latency_ms : left.cost < right.cost;
}

void sort_plans(std::vector<Plan>& plans) {
  std::ranges::stable_sort(plans, {}, &Plan::cost);
  for (auto begin = plans.begin(); begin != plans.end();) {
    const auto is_dearer = [&](const Plan& plan) { return !is_same_cost(plan.cost, begin->cost); };
    const auto end = std::find_if(begin, plans.end(), is_dearer);
    std::stable_sort(begin, end, [](const Plan& a, const Plan& b) { return a.latency_ms < b.latency_ms; });
    begin = end;
  }
}

double measure(const Problem& problem, const Plan& plan, const Constraint& constraint) {
  const auto share = [&](double ms) { return plan.latency_ms > 0 ? ms / plan.latency_ms : 0; };
  switch (constraint.metric) {
    case Metric::Latency:
      return plan.latency_ms;
    case Metric::Period:
      return plan.period_ms;
    case Metric::Compute: {
      const double ms = compute_ms(problem, plan, constraint.targets);
      return constraint.is_share ? share(ms) : ms;
    }
    case Metric::Exchange: {
      const double ms = exchange_ms(problem, plan, constraint.links);
      return constraint.is_share ? share(ms) : ms;
    }
    case Metric::Upload:
      return upload_bytes(problem, plan, constraint.links);
    case Metric::Energy:
      return constraint.targets.empty() ? plan.energy_j : sum_of(kEnergy, problem, plan.decision, constraint.targets);
    case Metric::Money:
      return constraint.targets.empty() ? plan.money : sum_of(kMoney, problem, plan.decision, constraint.targets);
    case Metric::Memory:
      return most_memory_bytes(problem, plan.decision, constraint.targets);
    case Metric::Error:
      return 100 - plan.accuracy;
  }
  return 0;
}

double excess_of(const Problem& problem, const Plan& plan, std::size_t index) {
  const Constraint& constraint = problem.constraints[index];
  if (constraint.kind != ConstraintKind::AtMost) return is_kept(problem, plan.decision, constraint) ? 0 : 1;
  const double value = measure(problem, plan, constraint);
  const double slack = constraint.metric == Metric::Error ? kErrorSlack : 0;
  if (!exceeds(value, constraint.limit + slack)) return 0;
  if (constraint.limit == 0) return 1;
  return std::max(kTolerance, value / constraint.limit - 1);
}

bool is_feasible(const Problem& problem, const Plan& plan) {
  const std::vector<double> memory = memory_bytes(problem, plan.decision);
  for (std::size_t target = 0; target < memory.size(); ++target) {
    const double limit = problem.targets[target].memory_limit_bytes;
    if (exceeds(memory[target], limit)) return false;
  }
  if (std::ranges::any_of(problem.links, limits_size) && !keeps_sizes(problem, plan)) return false;
  for (std::size_t index = 0; index < problem.constraints.size(); ++index) {
    if (excess_of(problem, plan, index) > 0) return false;
  }
  return true;
}

}  // namespace tandem::plan
