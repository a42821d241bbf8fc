#include "plan/judge/random_problem.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "plan/judge/brute_force.h"
#include "plan/judge/price.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kLeastDecisions = 8;  // problems with fewer say little

class Maker {
 public:
  Maker(std::mt19937& random, Magnitudes magnitudes, bool is_parallel = false)
      : random_(random), is_any_(magnitudes == Magnitudes::Any), is_parallel_(is_parallel) {}

  Problem make(std::size_t most_decisions, Feature feature) {
    std::vector<Decision> decisions;
    do {
      problem_ = {};
      add_tiers_and_blocks();
      add_targets();
      add_tensors();
      add_links();
      if (chance(0.5)) add_exits();
      set_rest();
      add_feature(problem_, feature, random_);
      decisions = every_decision(problem_, most_decisions);
    } while (decisions.size() < kLeastDecisions || decisions.size() == most_decisions);
    const std::size_t count = below(4);
    for (std::size_t i = 0; i < count; ++i) {
      Constraint constraint = any_constraint(price(problem_, decisions[below(decisions.size())]));
      constraint.text = "constraint " + std::to_string(i);
      problem_.constraints.push_back(std::move(constraint));
    }
    if (feature != Feature::None)
      add_feature_constraint(problem_, feature, price(problem_, decisions[below(decisions.size())]), random_);
    return std::move(problem_);
  }

 private:
  std::size_t below(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }
  std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
  double real(double low, double high) { return std::uniform_real_distribution<double>(low, high)(random_); }
  double magnitude(double low, double high) { return std::exp(real(std::log(low), std::log(high))); }
  // Times, sizes, bandwidths and powers: within this range, or of any magnitude.
  double time(double low, double high) { return is_any_ ? magnitude(1e-6, 1e9) : real(low, high); }
  double size(double low, double high) { return is_any_ ? magnitude(1e-6, 1e9) : std::floor(magnitude(low, high)); }
  double bandwidth() { return is_any_ ? magnitude(1e-6, 1e9) : magnitude(is_parallel_ ? 50 : 1, 1000); }
  double watts(double most) { return is_any_ ? magnitude(1e-6, 1e3) : real(0, most); }
  bool chance(double probability) { return real(0, 1) < probability; }

  // At least `least` of the numbers below `count`, ascending.
  std::vector<std::size_t> some_of(std::size_t count, std::size_t least = 1) {
    std::vector<std::size_t> all(count);
    std::iota(all.begin(), all.end(), 0u);
    std::ranges::shuffle(all, random_);
    all.resize(std::min(count, between(least, std::max(least, (count + 1) / 2))));
    std::ranges::sort(all);
    return all;
  }

  void add_tiers_and_blocks();
  void add_targets();
  void add_links();
  void add_tensors();
  void read(std::size_t tensor, std::size_t block);
  std::vector<Encoding> any_encodings();
  std::vector<double> any_times(double most);
  void add_exits();
  std::vector<std::size_t> exits_of_policy();
  Policy any_policy();
  void set_rest();
  Objective any_objective();
  Constraint any_constraint(const Plan& plan);
  Constraint any_limit(const Plan& plan);

  std::mt19937& random_;
  const bool is_any_;
  const bool is_parallel_;
  Problem problem_;
};

void Maker::add_tiers_and_blocks() {
  const std::size_t tiers = between(2, 4);
  for (std::size_t tier = 0; tier < tiers; ++tier) problem_.tiers.push_back("tier" + std::to_string(tier));
  const std::size_t blocks = is_parallel_ ? between(3, 5) : chance(0.15) ? 2 : between(3, 6);
  for (std::size_t block = 0; block < blocks; ++block)
    problem_.blocks.push_back({"block" + std::to_string(block), 2 * block, 2 * block + 2, std::floor(real(0, 100))});
}

void Maker::add_targets() {
  for (std::size_t tier = 0; tier < problem_.tiers.size(); ++tier) {
    const std::size_t count = tier == 0 ? (chance(0.1) ? 2 : 1) : (chance(0.5) ? 1 : between(2, 3));
    for (std::size_t i = 0; i < count; ++i) {
      Target target;
      target.name = problem_.tiers[tier] + "-" + std::to_string(i);
      target.tier = tier;
      target.stage_overhead_ms = chance(0.3) ? 0 : time(0, 5);
      target.exit_ms = chance(0.5) ? 0 : time(0, 5);
      for (std::size_t block = 0; block < problem_.blocks.size(); ++block)
        target.block_ms.push_back(is_parallel_  ? real(5, 40)
                                  : chance(0.1) ? 0
                                                : time(0.1, 40 / (1.0 + static_cast<double>(tier))));
      if (chance(0.3)) target.load = real(0.5, 3);
      if (chance(is_parallel_ ? 0.03 : 0.15)) target.memory_limit_bytes = std::floor(real(50, 300));
      if (chance(0.6)) target.compute_watts = watts(20);
      if (chance(0.6)) target.send_watts = watts(5);
      if (chance(0.6)) target.receive_watts = watts(5);
      problem_.targets.push_back(std::move(target));
    }
  }
}

void Maker::add_links() {
  const double missing = real(0, 0.4);
  for (std::size_t from = 0; from < problem_.targets.size(); ++from) {
    for (std::size_t to = 0; to < problem_.targets.size(); ++to) {
      if (problem_.targets[from].tier >= problem_.targets[to].tier || chance(missing)) continue;
      problem_.links.push_back({from, to, chance(0.1) ? 0 : time(0, is_parallel_ ? 5 : 20), bandwidth(), bandwidth()});
    }
  }
  std::ranges::shuffle(problem_.links, random_);
}

// A chain, with skip connections half of the time, or any graph; then in any order.
void Maker::add_tensors() {
  const std::size_t inputs = chance(0.3) ? 2 : 1;
  for (std::size_t input = 0; input < inputs; ++input)
    problem_.tensors.push_back({"input" + std::to_string(input), kNone, {}, any_encodings()});
  const std::size_t blocks = problem_.blocks.size();
  for (std::size_t block = 0; block < blocks; ++block)
    problem_.tensors.push_back({"tensor" + std::to_string(block), block, {}, any_encodings()});
  const bool is_chain = chance(is_parallel_ ? 0.1 : 0.5);
  const double skips = chance(0.5) ? 0.25 : 0;
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t tensors_before = inputs + block;
    if (is_chain || chance(0.95)) read(is_chain ? tensors_before - 1 : below(tensors_before), block);
    if (chance(skips)) read(below(tensors_before), block);
    if (!is_chain && chance(0.4)) read(below(tensors_before), block);
  }
  if (chance(0.2)) problem_.tensors.push_back({"second", 0, {blocks - 1}, any_encodings()});
  std::ranges::shuffle(problem_.tensors, random_);
}

void Maker::read(std::size_t tensor, std::size_t block) {
  auto& consumers = problem_.tensors[tensor].consumers;
  if (consumers.empty() || consumers.back() != block) consumers.push_back(block);
}

std::vector<Encoding> Maker::any_encodings() {
  std::vector<Encoding> encodings;
  if (chance(0.07)) return encodings;
  const std::size_t count = chance(0.55) ? 1 : between(2, 3);
  for (std::size_t i = 0; i < count; ++i) {
    Encoding encoding;
    encoding.codec = i == 0 ? "raw" : "codec" + std::to_string(i);
    encoding.bytes = size(100, 100'000);
    if (chance(i == 0 ? 0.05 : 0.5)) encoding.accuracy_loss = real(0, 3);
    if (chance(i == 0 ? 0.05 : 0.6)) encoding.encode_ms = any_times(6);
    if (chance(i == 0 ? 0.05 : 0.6)) encoding.decode_ms = any_times(4);
    encodings.push_back(std::move(encoding));
  }
  return encodings;
}

std::vector<double> Maker::any_times(double most) {
  std::vector<double> times;
  for (std::size_t i = 0; i < problem_.targets.size(); ++i) times.push_back(time(0, most));
  return times;
}

void Maker::add_exits() {
  for (const std::size_t block : some_of(problem_.blocks.size(), chance(0.2) ? 1 : 2))
    problem_.exits.push_back({"exit" + std::to_string(problem_.exits.size()), block});
  const std::size_t policies = between(1, 3);
  for (std::size_t i = 0; i < policies; ++i) problem_.policies.push_back(any_policy());
}

std::vector<std::size_t> Maker::exits_of_policy() {
  if (is_parallel_ && chance(0.8)) return {below(problem_.exits.size())};
  return some_of(problem_.exits.size(), chance(0.3) ? 1 : problem_.exits.size());
}

Policy Maker::any_policy() {
  Policy policy;
  policy.name = "policy" + std::to_string(problem_.policies.size());
  policy.accuracy = real(50, 100);
  double sum = 0;
  for (const std::size_t exit : exits_of_policy()) {
    policy.exits.push_back({exit, chance(0.1) ? 0 : real(0, 1), 0.5});
    sum += policy.exits.back().share;
  }
  policy.exits.back().threshold = 0;
  if (sum == 0) sum = policy.exits.back().share = 1;
  for (auto& exit : policy.exits) exit.share /= sum;
  return policy;
}

void Maker::set_rest() {
  if (chance(0.8)) problem_.answer_bytes = size(10, 10'000);
  if (chance(0.5)) problem_.header_bytes = size(10, 10'000);
  if (chance(0.5)) problem_.exit_header_bytes = size(10, 1'000);
  problem_.allows_relays = chance(0.7);
  problem_.allows_parallel = is_parallel_;
  if (chance(0.3)) problem_.latency_quantile = chance(0.1) ? 1 : real(0.01, 1);
  problem_.objective = any_objective();
}

Objective Maker::any_objective() {
  constexpr ObjectiveKind kKinds[] = {ObjectiveKind::Latency, ObjectiveKind::Accuracy, ObjectiveKind::Throughput,
                                      ObjectiveKind::Upload,  ObjectiveKind::Energy,   ObjectiveKind::Weighted};
  Objective objective;
  objective.kind = kKinds[below(std::size(kKinds))];
  if (is_parallel_ && chance(0.5)) objective.kind = ObjectiveKind::Latency;
  const bool is_about_links = objective.kind == ObjectiveKind::Upload || objective.kind == ObjectiveKind::Weighted;
  if (is_about_links && !problem_.links.empty() && chance(0.5)) objective.links = some_of(problem_.links.size());
  if (objective.kind != ObjectiveKind::Weighted) return objective;
  if (chance(0.7)) objective.latency_weight = real(0, 2);
  if (chance(0.5)) objective.upload_weight = magnitude(1e-5, 1e-2);
  if (chance(0.5)) objective.energy_weight = real(0, 30);
  if (chance(0.5)) objective.error_weight = real(0, 5);
  return objective;
}

Constraint Maker::any_constraint(const Plan& plan) {
  constexpr ConstraintKind kKinds[] = {ConstraintKind::RunsOn, ConstraintKind::KeepsOff, ConstraintKind::Uses,
                                       ConstraintKind::Avoids, ConstraintKind::Private};
  if (chance(is_parallel_ ? 0.2 : 0.6)) return any_limit(plan);
  Constraint constraint;
  constraint.kind = kKinds[below(std::size(kKinds))];
  constraint.targets = some_of(problem_.targets.size());
  const bool is_private = constraint.kind == ConstraintKind::Private;
  if (is_private && chance(0.5)) constraint.targets = {0};
  if (constraint.kind == ConstraintKind::RunsOn || constraint.kind == ConstraintKind::KeepsOff ||
      (is_private && chance(0.5)))
    constraint.blocks = some_of(problem_.blocks.size());
  return constraint;
}

// Near the value of this plan, sometimes exactly that.
Constraint Maker::any_limit(const Plan& plan) {
  constexpr Metric kMetrics[] = {Metric::Latency, Metric::Period, Metric::Compute, Metric::Exchange,
                                 Metric::Upload,  Metric::Energy, Metric::Memory,  Metric::Error};
  Constraint constraint;
  const Metric metric = constraint.metric = kMetrics[below(std::size(kMetrics))];
  const bool is_by_target = metric == Metric::Compute || metric == Metric::Energy || metric == Metric::Memory;
  const bool is_by_link = metric == Metric::Exchange || metric == Metric::Upload;
  if (is_by_target && chance(0.6)) constraint.targets = some_of(problem_.targets.size());
  if (is_by_link && !problem_.links.empty() && chance(0.6)) constraint.links = some_of(problem_.links.size());
  constraint.is_share = (metric == Metric::Compute || metric == Metric::Exchange) && chance(0.4);
  constraint.limit = measure(problem_, plan, constraint) * (chance(0.3) ? 1 : real(0.6, 1.3));
  if (constraint.is_share) constraint.limit = std::min(constraint.limit, 1.0);
  return constraint;
}

}  // namespace

Problem random_problem(std::mt19937& random, std::size_t most_decisions, Magnitudes magnitudes, Feature feature) {
  return Maker(random, magnitudes).make(most_decisions, feature);
}

Problem random_parallel_problem(std::mt19937& random, std::size_t most_decisions) {
  return Maker(random, Magnitudes::Usual, true).make(most_decisions, Feature::None);
}

}  // namespace tandem::plan
