#include "plan/solve/routes.h"

#include <algorithm>

namespace tandem::plan {
namespace {

class RouteFinder {
 public:
  RouteFinder(const Query& query, const TierSets& sets) : query_(query), is_open_(query.target_count(), 0) {
    for (const auto& set : sets) {
      for (const std::size_t target : set) is_open_[target] = 1;
    }
  }

  std::vector<Route> find() {
    visit({{0}, {}, {1}, false});
    return std::move(routes_);
  }

 private:
  void visit(Route route) {
    if (may_run_anything(route.targets.back())) add(route);
    for (std::size_t link = 0; link < query_.problem->links.size(); ++link) {
      const Link& each = query_.problem->links[link];
      if (each.from != route.targets.back() || !is_open_[each.to] || !query_.may_use_link[link]) continue;
      Route longer = route;
      longer.targets.push_back(each.to);
      longer.links.push_back(link);
      longer.runs.push_back(1);
      visit(longer);
      const bool is_between = route.length() > 1;
      if (is_between && query_.problem->allows_relays && route.runs.back()) {
        longer.runs[route.length() - 1] = 0;
        visit(longer);
      }
    }
  }

  // Every position that is no relay must be able to run a block. With a relay there instead, it is another route.
  void add(Route route) {
    for (std::size_t position = 1; position < route.length(); ++position) {
      if (route.runs[position] && !may_run_anything(route.targets[position])) return;
    }
    for (const auto& set : query_.needed) {
      const auto is_of_set = [&](std::size_t target) { return std::ranges::find(set, target) != set.end(); };
      bool has_other = false;
      for (std::size_t position = 1; position < route.length(); ++position)
        has_other = has_other || (route.runs[position] && is_of_set(route.targets[position]));
      if (!has_other && !is_of_set(0)) return;
      route.needs_origin = route.needs_origin || !has_other;
    }
    routes_.push_back(std::move(route));
  }

  bool may_run_anything(std::size_t target) const {
    for (std::size_t rank = 0; rank < query_.scenario.size(); ++rank) {
      if (query_.may(rank, target)) return true;
    }
    return false;
  }

  const Query& query_;
  std::vector<char> is_open_;  // by target
  std::vector<Route> routes_;
};

}  // namespace

std::vector<Route> find_routes(const Query& query, const TierSets& sets) {
  return RouteFinder(query, sets).find();
}

}  // namespace tandem::plan
