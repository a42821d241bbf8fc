#include "plan/solve/incumbents.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tandem::plan {
namespace {

constexpr double kIndifference = 1e-12;  // relative difference of cost below which plans are equally good

}  // namespace

double Incumbents::aim(double bound) const {
  if (cutoff() != kUnlimited) return cutoff();
  return bound + (bound == 0 ? 1.0 : 0.5 * std::abs(bound));
}

bool Incumbents::is_hopeless(double bound) const {
  const double limit = cutoff();
  return limit != kUnlimited && bound >= limit - kIndifference * std::abs(limit);
}

void Incumbents::offer(double cost, Decision decision) {
  if (cost >= cutoff()) return;
  for (const auto& other : found_) {
    if (other.decision == decision) return;
  }
  const auto place = std::ranges::upper_bound(found_, cost, {}, &Found::cost);
  found_.insert(place, {cost, std::move(decision)});
  if (found_.size() > query_.count) found_.pop_back();
}

Findings Incumbents::take(double open_bound) {
  Findings findings;
  findings.open_bound = open_bound;
  findings.bound = std::min(found_.empty() ? kUnlimited : found_.front().cost, open_bound);
  for (auto& found : found_) {
    findings.decisions.push_back(std::move(found.decision));
    findings.costs.push_back(found.cost);
  }
  found_.clear();
  return findings;
}

}  // namespace tandem::plan
