#include "exits/known_policies.h"

#include <algorithm>
#include <set>

namespace tandem::exits {

std::size_t KnownPolicies::best_with(std::size_t least_right) const {
  std::size_t best = best_.size() - 1;
  while (best_[best].choice.empty()) --best;
  for (std::size_t right = best; right > least_right;) {
    if (is_cheaper(best_[--right].cost, best_[best].cost)) best = right;
  }
  return best;
}

std::vector<std::size_t> KnownPolicies::spread(std::size_t count, const std::vector<Choice>& favoured) const {
  const auto points = undominated();
  if (points.size() <= count) return points;
  std::set<std::size_t> chosen;
  const auto choose = [&](std::size_t right) {
    if (chosen.size() < count) chosen.insert(right);
  };
  choose(points.back());
  choose(points.front());
  for (const std::size_t right : points) {
    if (std::ranges::find(favoured, choice(right)) != favoured.end()) choose(right);
  }
  const std::size_t steps = count - chosen.size();
  for (std::size_t i = 1; i <= steps; ++i)
    choose(at_share(points, static_cast<double>(i) / static_cast<double>(steps + 1)));
  return {chosen.begin(), chosen.end()};
}

// By their right answers, ascending.
std::vector<std::size_t> KnownPolicies::undominated() const {
  std::vector<std::size_t> points = {best_with(best_.size() - 1)};
  for (std::size_t right = points.back(); right-- > 0;) {
    if (is_cheaper(best_[right].cost, best_[points.back()].cost)) points.push_back(right);
  }
  std::ranges::reverse(points);
  return points;
}

// The first point whose share of the way from the first to the last, [0, 1], is at least this one.
std::size_t KnownPolicies::at_share(const std::vector<std::size_t>& points, double share) const {
  const auto share_between = [](double low, double value, double high) { return (value - low) / (high - low) / 2; };
  const auto share_of = [&](std::size_t right) {
    return share_between(static_cast<double>(points.front()), static_cast<double>(right),
                         static_cast<double>(points.back())) +
           share_between(best_[points.front()].cost, best_[right].cost, best_[points.back()].cost);
  };
  return *std::ranges::lower_bound(points, share, {}, share_of);
}

}  // namespace tandem::exits
