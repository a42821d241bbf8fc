#include "plan/problem/problem.h"

#include <algorithm>
#include <iterator>

namespace tandem::plan {

const char* name_of(Metric metric) {
  switch (metric) {
    case Metric::Latency:
      return "latency";
    case Metric::Period:
      return "period";
    case Metric::Compute:
      return "compute";
    case Metric::Exchange:
      return "exchange";
    case Metric::Upload:
      return "upload";
    case Metric::Energy:
      return "energy";
    case Metric::Money:
      return "money";
    case Metric::Memory:
      return "memory";
    case Metric::Error:
      return "error";
  }
  return "";
}

const char* name_of(ObjectiveKind kind) {
  switch (kind) {
    case ObjectiveKind::Latency:
      return "latency";
    case ObjectiveKind::Accuracy:
      return "accuracy";
    case ObjectiveKind::Throughput:
      return "throughput";
    case ObjectiveKind::Upload:
      return "upload";
    case ObjectiveKind::Energy:
      return "energy";
    case ObjectiveKind::Money:
      return "money";
    case ObjectiveKind::Weighted:
      return "weighted";
  }
  return "";
}

double wait_ms(const Link& link, double bytes) {
  const auto above = std::ranges::lower_bound(link.waits, bytes, {}, &Wait::above_bytes);
  return above == link.waits.begin() ? 0 : std::prev(above)->ms;
}

bool limits_size(const Link& link) {
  return link.least_bytes > 0 || link.most_bytes < kUnlimited;
}

std::vector<char> unordered_tiers(const Problem& problem) {
  std::vector<char> is_unordered(problem.tiers.size(), 0);
  for (const auto& link : problem.links) {
    const std::size_t tier = problem.targets[link.from].tier;
    if (problem.targets[link.to].tier == tier) is_unordered[tier] = 1;
  }
  return is_unordered;
}

}  // namespace tandem::plan
