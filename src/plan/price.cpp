#include "plan/price.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "cost/costs.h"
#include "plan/structure.h"

namespace tandem::plan {
namespace {

using base::Error;
using base::ErrorKind;

// Sums of shares and of costs are compared to within this, relative: their order of summation is nobody's business.
constexpr double kTolerance = 1e-9;
// Of limits that are zero.
constexpr double kLeastSlack = 1e-12;

// What a request pays for a stage and for the hop from there to the next.
struct StageBill {
  bool runs_blocks = false;
  double compute_ms = 0;  // overhead and blocks
  double encode_ms = 0;
  double round_trip_ms = 0;
  double upload_ms = 0;
  double download_ms = 0;
  double decode_ms = 0;  // on the next stage's target
  double sent_bytes = 0;
  double accuracy_loss = 0;

  double exchange_ms() const { return encode_ms + round_trip_ms + upload_ms + download_ms + decode_ms; }

  void add(double share, const StageBill& other) {
    compute_ms += share * other.compute_ms;
    encode_ms += share * other.encode_ms;
    round_trip_ms += share * other.round_trip_ms;
    upload_ms += share * other.upload_ms;
    download_ms += share * other.download_ms;
    decode_ms += share * other.decode_ms;
    sent_bytes += share * other.sent_bytes;
    accuracy_loss += share * other.accuracy_loss;
  }
};
using Bill = std::vector<StageBill>;  // by stage

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorKind::Internal, "a decision that breaks its problem: " + what);
}

// A decision with what its problem says of it, held to the problem's structure.
class Priced {
 public:
  Priced(const Problem& problem, const Decision& decision)
      : problem_(problem), decision_(decision), levels_(levels_of(problem, decision.policy)) {
    check_route();
    check_positions();
    check_levels();
    check_tensors();
  }

  // Of a request that stops at this exit of the policy.
  Bill bill_of(std::size_t level) const;
  Bill mean_bill() const;
  // Of the latency's statistic.
  Bill latency_bill(const Bill& mean) const;

  // Joules of the target of this stage.
  double energy_j(const Bill& bill, std::size_t stage) const;
  double period_ms(const Bill& bill) const;

 private:
  const Target& target(std::size_t stage) const { return problem_.targets[decision_.route[stage]]; }
  const Encoding& encoding(const Crossing& crossing) const {
    return problem_.tensors[crossing.tensor].encodings[crossing.encoding];
  }
  void add_hop(StageBill& bill, std::size_t hop) const;
  void add_crossing(StageBill& bill, const Crossing& crossing) const;

  void check_route();
  void check_positions() const;
  void check_levels() const;
  void check_tensors() const;
  std::size_t last_reader(const Tensor& tensor, std::size_t start) const;

  const Problem& problem_;
  const Decision& decision_;
  std::vector<std::size_t> levels_;  // by block
  std::vector<const Link*> links_;   // by hop
};

Bill Priced::bill_of(std::size_t level) const {
  Bill bill(decision_.route.size());
  std::size_t last = 0;
  for (std::size_t block = 0; block < levels_.size(); ++block) {
    if (levels_[block] > level) continue;
    const std::size_t stage = decision_.position[block];
    bill[stage].runs_blocks = true;
    bill[stage].compute_ms += target(stage).block_ms[block];
    last = std::max(last, stage);
  }
  for (std::size_t stage = 0; stage <= last; ++stage) {
    if (bill[stage].runs_blocks) bill[stage].compute_ms += target(stage).stage_overhead_ms;
    bill[stage].compute_ms *= target(stage).load;
  }
  for (std::size_t hop = 0; hop < last; ++hop) add_hop(bill[hop], hop);
  for (const auto& crossing : decision_.crossings) {
    if (crossing.hop < last) add_crossing(bill[crossing.hop], crossing);
  }
  return bill;
}

void Priced::add_hop(StageBill& bill, std::size_t hop) const {
  bill.round_trip_ms += links_[hop]->round_trip_ms;
  bill.download_ms += cost::transfer_ms(problem_.answer_bytes, links_[hop]->download_mbps);
}

void Priced::add_crossing(StageBill& bill, const Crossing& crossing) const {
  const Encoding& how = encoding(crossing);
  const std::size_t from = decision_.route[crossing.hop];
  const std::size_t to = decision_.route[crossing.hop + 1];
  if (!how.encode_ms.empty()) bill.encode_ms += how.encode_ms[from] * problem_.targets[from].load;
  if (!how.decode_ms.empty()) bill.decode_ms += how.decode_ms[to] * problem_.targets[to].load;
  bill.upload_ms += cost::transfer_ms(how.bytes, links_[crossing.hop]->upload_mbps);
  bill.sent_bytes += how.bytes;
  bill.accuracy_loss += how.accuracy_loss;
}

Bill Priced::mean_bill() const {
  if (problem_.policies.empty()) return bill_of(0);
  const auto& exits = problem_.policies[decision_.policy].exits;
  Bill mean(decision_.route.size());
  for (std::size_t level = 0; level < exits.size(); ++level) {
    const Bill bill = bill_of(level);
    for (std::size_t stage = 0; stage < bill.size(); ++stage) mean[stage].add(exits[level].share, bill[stage]);
  }
  return mean;
}

Bill Priced::latency_bill(const Bill& mean) const {
  if (problem_.latency_quantile == 0 || problem_.policies.empty()) return mean;
  const auto& exits = problem_.policies[decision_.policy].exits;
  std::size_t level = 0;
  double stopped = exits[0].share;
  while (level + 1 < exits.size() && stopped < problem_.latency_quantile - kTolerance) stopped += exits[++level].share;
  return bill_of(level);
}

double Priced::energy_j(const Bill& bill, std::size_t stage) const {
  static const StageBill kNothing;
  const StageBill& here = bill[stage];
  const StageBill& before = stage == 0 ? kNothing : bill[stage - 1];
  const double compute_ms = before.decode_ms + here.compute_ms + here.encode_ms;
  const double send_ms = here.upload_ms + before.download_ms;
  const double receive_ms = before.upload_ms + here.download_ms;
  const Target& at = target(stage);
  return (at.compute_watts * compute_ms + at.send_watts * send_ms + at.receive_watts * receive_ms) / 1000;
}

double Priced::period_ms(const Bill& bill) const {
  double busiest = 0;
  double decode_ms = 0;
  for (const auto& stage : bill) {
    busiest = std::max({busiest, decode_ms + stage.compute_ms + stage.encode_ms, stage.upload_ms, stage.download_ms});
    decode_ms = stage.decode_ms;
  }
  return busiest;
}

void Priced::check_route() {
  const auto& route = decision_.route;
  if (route.empty() || route[0] != 0) fail("its route does not start at the first target");
  links_.reserve(route.size());
  for (std::size_t hop = 0; hop + 1 < route.size(); ++hop) {
    const std::size_t link = find_link(problem_, route[hop], route[hop + 1]);
    if (link == kNone) fail(fmt::format("no link from target {} to {}", route[hop], route[hop + 1]));
    links_.push_back(&problem_.links[link]);
  }
}

void Priced::check_positions() const {
  const auto& position = decision_.position;
  if (position.size() != levels_.size()) fail("it does not have one position a block");
  for (std::size_t block = 0; block < levels_.size(); ++block) {
    if (levels_[block] == kNone ? position[block] != kNone : position[block] >= decision_.route.size())
      fail(fmt::format("block {} is out of place", block));
  }
  const auto runs = [&](std::size_t stage) { return std::ranges::find(position, stage) != position.end(); };
  if (!runs(decision_.route.size() - 1)) fail("its last target runs nothing");
  for (std::size_t stage = 1; stage + 1 < decision_.route.size() && !problem_.allows_relays; ++stage) {
    if (!runs(stage)) fail(fmt::format("target {} is a relay", decision_.route[stage]));
  }
}

void Priced::check_levels() const {
  if (problem_.policies.empty()) return;
  const auto& exits = problem_.policies[decision_.policy].exits;
  for (std::size_t level = 0; level + 1 < exits.size(); ++level) {
    const std::size_t decided = decision_.position[problem_.exits[exits[level].exit].block];
    for (std::size_t block = 0; block < levels_.size(); ++block) {
      if (levels_[block] != kNone && levels_[block] > level && decision_.position[block] < decided)
        fail(fmt::format("block {} runs before exit {} is decided", block, exits[level].exit));
    }
  }
}

// Each tensor crosses the hops between its producer and its last reader, in an encoding of its own, and nothing else
// crosses.
void Priced::check_tensors() const {
  std::size_t expected = 0;
  for (const auto& tensor : problem_.tensors) {
    const std::size_t start = tensor.producer == kNone ? 0 : decision_.position[tensor.producer];
    if (start != kNone) expected += last_reader(tensor, start) - start;
  }
  if (decision_.crossings.size() != expected) fail("it does not have one crossing for each tensor that crosses a hop");
  const Crossing* before = nullptr;
  for (const auto& crossing : decision_.crossings) {
    if (before != nullptr && std::pair(crossing.hop, crossing.tensor) <= std::pair(before->hop, before->tensor))
      fail("its crossings are not in ascending order");
    before = &crossing;
    if (crossing.tensor >= problem_.tensors.size()) fail(fmt::format("there is no tensor {}", crossing.tensor));
    const Tensor& tensor = problem_.tensors[crossing.tensor];
    if (crossing.encoding >= tensor.encodings.size())
      fail(fmt::format("tensor {} has no encoding {}", crossing.tensor, crossing.encoding));
    const std::size_t start = tensor.producer == kNone ? 0 : decision_.position[tensor.producer];
    if (start == kNone || crossing.hop < start || crossing.hop >= last_reader(tensor, start))
      fail(fmt::format("tensor {} does not cross hop {}", crossing.tensor, crossing.hop));
  }
}

// The last stage that reads a tensor made at stage `start`; `start` if none does.
std::size_t Priced::last_reader(const Tensor& tensor, std::size_t start) const {
  std::size_t last = start;
  for (const std::size_t consumer : tensor.consumers) {
    const std::size_t stage = decision_.position[consumer];
    if (stage == kNone) continue;
    if (stage < start) fail(fmt::format("block {} reads tensor {} before it is made", consumer, tensor.name));
    last = std::max(last, stage);
  }
  return last;
}

bool contains(const std::vector<std::size_t>& list, std::size_t item) {
  return std::ranges::find(list, item) != list.end();
}

// Whether a list that stands for everything when it is empty names this item.
bool counts(const std::vector<std::size_t>& list, std::size_t item) {
  return list.empty() || contains(list, item);
}

bool is_link_counted(const Problem& problem, const Decision& decision, const std::vector<std::size_t>& links,
                     std::size_t hop) {
  return links.empty() || contains(links, find_link(problem, decision.route[hop], decision.route[hop + 1]));
}

double upload_bytes(const Problem& problem, const Plan& plan, const std::vector<std::size_t>& links) {
  double sum = 0;
  for (std::size_t hop = 0; hop + 1 < plan.stages.size(); ++hop) {
    if (is_link_counted(problem, plan.decision, links, hop)) sum += plan.stages[hop].sent_bytes;
  }
  return sum;
}

double exchange_ms(const Problem& problem, const Plan& plan, const std::vector<std::size_t>& links) {
  double sum = 0;
  for (std::size_t hop = 0; hop + 1 < plan.stages.size(); ++hop) {
    if (is_link_counted(problem, plan.decision, links, hop)) sum += plan.stages[hop].exchange_ms;
  }
  return sum;
}

double compute_ms(const Plan& plan, const std::vector<std::size_t>& targets) {
  double sum = 0;
  for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
    if (counts(targets, plan.decision.route[stage])) sum += plan.stages[stage].compute_ms;
  }
  return sum;
}

double energy_j(const Problem& problem, const Plan& plan, const std::vector<std::size_t>& targets) {
  if (targets.empty()) return plan.energy_j;
  const Priced priced(problem, plan.decision);
  const Bill mean = priced.mean_bill();
  double sum = 0;
  for (std::size_t stage = 0; stage < mean.size(); ++stage) {
    if (contains(targets, plan.decision.route[stage])) sum += priced.energy_j(mean, stage);
  }
  return sum;
}

double memory_bytes(const Problem& problem, const Decision& decision, std::size_t stage) {
  double sum = 0;
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    if (decision.position[block] == stage) sum += problem.blocks[block].memory_bytes;
  }
  return sum;
}

double most_memory_bytes(const Problem& problem, const Decision& decision, const std::vector<std::size_t>& targets) {
  double most = 0;
  for (std::size_t stage = 0; stage < decision.route.size(); ++stage) {
    if (counts(targets, decision.route[stage])) most = std::max(most, memory_bytes(problem, decision, stage));
  }
  return most;
}

double cost_of(const Problem& problem, const Plan& plan) {
  const Objective& objective = problem.objective;
  const double error = 100 - plan.accuracy;
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
    case ObjectiveKind::Weighted:
      return objective.latency_weight * plan.latency_ms +
             objective.upload_weight * upload_bytes(problem, plan, objective.links) +
             objective.energy_weight * plan.energy_j + objective.error_weight * error;
  }
  return 0;
}

void add_layers(std::vector<LayerRange>& ranges, const Block& block) {
  if (!ranges.empty() && ranges.back().last == block.first) {
    ranges.back().last = block.last;
  } else {
    ranges.push_back({block.first, block.last});
  }
}

std::vector<Stage> stages_of(const Problem& problem, const Decision& decision, const Bill& mean, const Bill& latency) {
  std::vector<Stage> stages(decision.route.size());
  for (std::size_t i = 0; i < stages.size(); ++i) {
    stages[i].target = problem.targets[decision.route[i]].name;
    stages[i].compute_ms = latency[i].compute_ms;
    stages[i].exchange_ms = latency[i].exchange_ms();
    stages[i].sent_bytes = mean[i].sent_bytes;
  }
  for (std::size_t block = 0; block < problem.blocks.size(); ++block) {
    if (decision.position[block] != kNone) add_layers(stages[decision.position[block]].ranges, problem.blocks[block]);
  }
  for (const auto& crossing : decision.crossings) {
    const Tensor& tensor = problem.tensors[crossing.tensor];
    const Encoding& encoding = tensor.encodings[crossing.encoding];
    stages[crossing.hop].sent.push_back({tensor.name, encoding.codec, encoding.bytes});
  }
  return stages;
}

// Whether all readers of the tensors that have to stay private are on the targets where they may be read.
bool is_private(const Problem& problem, const Decision& decision, const Constraint& constraint) {
  const std::vector<bool> guarded = private_tensors(problem, constraint.blocks);
  for (std::size_t tensor = 0; tensor < problem.tensors.size(); ++tensor) {
    if (!guarded[tensor]) continue;
    for (const std::size_t consumer : problem.tensors[tensor].consumers) {
      const std::size_t stage = decision.position[consumer];
      if (stage != kNone && !contains(constraint.targets, decision.route[stage])) return false;
    }
  }
  return true;
}

bool runs_on_any(const Decision& decision, const std::vector<std::size_t>& targets, std::size_t block) {
  const std::size_t stage = decision.position[block];
  return stage != kNone && contains(targets, decision.route[stage]);
}

// Requests come from the first target in any case: it is avoided when it runs nothing.
bool avoids(const Decision& decision, const std::vector<std::size_t>& targets) {
  for (std::size_t stage = 0; stage < decision.route.size(); ++stage) {
    const bool takes_part = stage > 0 || contains(decision.position, stage);
    if (takes_part && contains(targets, decision.route[stage])) return false;
  }
  return true;
}

// Constraints that are not about a number.
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
    case ConstraintKind::Avoids:
      return avoids(decision, constraint.targets);
    case ConstraintKind::Private:
      return is_private(problem, decision, constraint);
    case ConstraintKind::AtMost:
      break;
  }
  return true;
}

bool exceeds(double value, double limit) {
  return value > limit + kTolerance * limit + kLeastSlack;
}

}  // namespace

Plan price(const Problem& problem, const Decision& decision) {
  const Priced priced(problem, decision);
  const Bill mean = priced.mean_bill();
  const Bill latency = priced.latency_bill(mean);
  Plan plan;
  plan.stages = stages_of(problem, decision, mean, latency);
  plan.decision = decision;
  if (!problem.policies.empty()) {
    plan.policy = problem.policies[decision.policy].name;
    plan.accuracy = problem.policies[decision.policy].accuracy;
  }
  for (std::size_t stage = 0; stage < mean.size(); ++stage) {
    plan.latency_ms += plan.stages[stage].compute_ms + plan.stages[stage].exchange_ms;
    plan.upload_bytes += mean[stage].sent_bytes;
    plan.energy_j += priced.energy_j(mean, stage);
    plan.accuracy -= mean[stage].accuracy_loss;
  }
  plan.period_ms = priced.period_ms(mean);
  plan.cost = cost_of(problem, plan);
  return plan;
}

double measure(const Problem& problem, const Plan& plan, const Constraint& constraint) {
  const auto share = [&](double ms) { return plan.latency_ms > 0 ? ms / plan.latency_ms : 0; };
  switch (constraint.metric) {
    case Metric::Latency:
      return plan.latency_ms;
    case Metric::Period:
      return plan.period_ms;
    case Metric::Compute: {
      const double ms = compute_ms(plan, constraint.targets);
      return constraint.is_share ? share(ms) : ms;
    }
    case Metric::Exchange: {
      const double ms = exchange_ms(problem, plan, constraint.links);
      return constraint.is_share ? share(ms) : ms;
    }
    case Metric::Upload:
      return upload_bytes(problem, plan, constraint.links);
    case Metric::Energy:
      return energy_j(problem, plan, constraint.targets);
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
  if (!exceeds(value, constraint.limit)) return 0;
  if (constraint.limit == 0) return 1;
  return std::max(kTolerance, value / constraint.limit - 1);
}

bool is_feasible(const Problem& problem, const Plan& plan) {
  for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
    const double limit = problem.targets[plan.decision.route[stage]].memory_limit_bytes;
    if (limit < kUnlimited && exceeds(memory_bytes(problem, plan.decision, stage), limit)) return false;
  }
  for (std::size_t index = 0; index < problem.constraints.size(); ++index) {
    if (excess_of(problem, plan, index) > 0) return false;
  }
  return true;
}

}  // namespace tandem::plan
