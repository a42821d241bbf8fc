#include "plan/judge/random_feature.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "plan/judge/price.h"

namespace tandem::plan {
namespace {

double real(std::mt19937& random, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(random);
}

bool chance(std::mt19937& random, double probability) {
  return real(random, 0, 1) < probability;
}

// Each of the numbers below `count` with some probability, ascending.
std::vector<std::size_t> some_of(std::size_t count, double probability, std::mt19937& random) {
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < count; ++i) {
    if (chance(random, probability)) some.push_back(i);
  }
  return some;
}

void forget_some(std::vector<double>& times, std::mt19937& random) {
  for (const std::size_t i : some_of(times.size(), 0.15, random)) times[i] = kCannotRun;
}

void add_inability(Problem& problem, std::mt19937& random) {
  for (auto& target : problem.targets) {
    if (chance(random, 0.6)) forget_some(target.block_ms, random);
  }
  for (auto& tensor : problem.tensors) {
    for (auto& encoding : tensor.encodings) {
      forget_some(encoding.encode_ms, random);
      forget_some(encoding.decode_ms, random);
    }
  }
}

void add_prices(Problem& problem, std::mt19937& random) {
  for (auto& target : problem.targets) {
    if (chance(random, 0.8)) target.price_per_hour = real(random, 0, 4e5);
  }
  for (auto& link : problem.links) {
    if (chance(random, 0.6)) link.price_per_gb = real(random, 0, 2e5);
  }
  if (chance(random, 0.5)) problem.objective = {ObjectiveKind::Money, {}};
  if (problem.objective.kind == ObjectiveKind::Weighted) problem.objective.money_weight = real(random, 0, 10);
}

// Of some stages, sometimes of all; from much faster to much slower than the sum of their parts.
void add_segments(Problem& problem, std::mt19937& random) {
  for (auto& target : problem.targets) {
    const double share = chance(random, 0.3) ? 0 : real(random, 0.05, 1);
    for (std::size_t first = 0; first < problem.blocks.size(); ++first) {
      double sum = target.stage_overhead_ms;
      for (std::size_t last = first + 1; last <= problem.blocks.size(); ++last) {
        sum += target.block_ms[last - 1];
        if (chance(random, share)) target.segments.push_back({first, last, sum * real(random, 0.2, 1.3)});
      }
    }
    std::ranges::shuffle(target.segments, random);
  }
}

void add_replicas(Problem& problem, std::mt19937& random) {
  for (auto& target : problem.targets) target.replicas = chance(random, 0.5) ? 1 : 2 + random() % 4;
  if (chance(random, 0.4)) problem.objective = {ObjectiveKind::Throughput, {}};
}

// Some tensors get more readers, so that several stages need them.
void add_bypass(Problem& problem, std::mt19937& random) {
  problem.allows_bypass = true;
  for (auto& tensor : problem.tensors) {
    const double share = chance(random, 0.5) ? 0.4 : 0;
    for (std::size_t block = tensor.producer == kNone ? 0 : tensor.producer + 1; block < problem.blocks.size();
         ++block) {
      const bool reads_it = std::ranges::find(tensor.consumers, block) != tensor.consumers.end();
      if (!reads_it && chance(random, share)) tensor.consumers.push_back(block);
    }
    std::ranges::sort(tensor.consumers);
  }
}

// The size of a transfer of one or two tensors, often exactly.
double any_size(const Problem& problem, std::mt19937& random) {
  double bytes = 0;
  for (unsigned i = 0; i < 1 + random() % 2; ++i) {
    const auto& encodings = problem.tensors[random() % problem.tensors.size()].encodings;
    if (!encodings.empty()) bytes += encodings[random() % encodings.size()].bytes;
  }
  return chance(random, 0.5) ? bytes : bytes * real(random, 0.3, 1.5);
}

void add_waits(Problem& problem, std::mt19937& random) {
  for (auto& link : problem.links) {
    const double scale = link.round_trip_ms > 0 ? link.round_trip_ms : 10;
    std::vector<double> sizes, times;
    for (unsigned count = chance(random, 0.7) ? 1 + random() % 4 : 0; count > 0; --count) {
      sizes.push_back(any_size(problem, random));
      times.push_back(chance(random, 0.1) ? 0 : scale * real(random, 0, 3));
    }
    std::ranges::sort(sizes);
    std::ranges::sort(times);
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (i == 0 || sizes[i] > sizes[i - 1]) link.waits.push_back({sizes[i], times[i]});
    }
    if (chance(random, 0.1)) link.most_bytes = any_size(problem, random);
    if (chance(random, 0.05)) link.least_bytes = any_size(problem, random);
  }
}

}  // namespace

const char* name_of(Feature feature) {
  switch (feature) {
    case Feature::None:
      return "None";
    case Feature::Inability:
      return "Inability";
    case Feature::Money:
      return "Money";
    case Feature::Together:
      return "Together";
    case Feature::Segments:
      return "Segments";
    case Feature::Replicas:
      return "Replicas";
    case Feature::Bypass:
      return "Bypass";
    case Feature::Waits:
      return "Waits";
  }
  return "";
}

void add_feature(Problem& problem, Feature feature, std::mt19937& random) {
  if (feature == Feature::Inability) add_inability(problem, random);
  if (feature == Feature::Money) add_prices(problem, random);
  if (feature == Feature::Segments) add_segments(problem, random);
  if (feature == Feature::Replicas) add_replicas(problem, random);
  if (feature == Feature::Bypass) add_bypass(problem, random);
  if (feature == Feature::Waits) add_waits(problem, random);
}

void add_feature_constraint(Problem& problem, Feature feature, const Plan& plan, std::mt19937& random) {
  Constraint constraint;
  constraint.text = std::string("the ") + name_of(feature);
  if (feature == Feature::Money && chance(random, 0.5)) {
    constraint.metric = Metric::Money;
    if (chance(random, 0.5)) constraint.targets = some_of(problem.targets.size(), 0.5, random);
    constraint.limit = measure(problem, plan, constraint) * (chance(random, 0.3) ? 1 : real(random, 0.6, 1.3));
    problem.constraints.push_back(std::move(constraint));
  }
  if (feature == Feature::Replicas && chance(random, 0.5)) {
    constraint.metric = Metric::Period;
    constraint.limit = plan.period_ms * real(random, 0.8, 1.2);
    problem.constraints.push_back(std::move(constraint));
    return;
  }
  if (feature == Feature::Segments && chance(random, 0.3)) {
    constraint.kind = ConstraintKind::UsesFew;
    constraint.targets = some_of(problem.targets.size(), 0.8, random);
    constraint.limit = 1 + static_cast<double>(random() % 2);
    if (!constraint.targets.empty()) problem.constraints.push_back(constraint);
    return;
  }
  if (feature == Feature::Together) {
    constraint.kind = ConstraintKind::Together;
    constraint.blocks = some_of(problem.blocks.size(), 0.5, random);
    if (!constraint.blocks.empty()) problem.constraints.push_back(std::move(constraint));
  }
}

}  // namespace tandem::plan
