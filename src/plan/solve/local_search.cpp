#include "plan/solve/local_search.h"

#include <algorithm>
#include <utility>

#include "plan/solve/assignment.h"
#include "plan/solve/routes.h"

namespace tandem::plan {
namespace {

constexpr double kLeastGain = 1e-9;  // relative: less is rounding

std::size_t link_between(const Query& query, std::size_t from, std::size_t to) {
  const auto& links = query.problem->links;
  const auto is_it = [&](const Link& link) { return link.from == from && link.to == to; };
  return static_cast<std::size_t>(std::ranges::find_if(links, is_it) - links.begin());
}

Route route_of(const Query& query, const Decision& decision) {
  Route route;
  route.targets = decision.route;
  route.runs.assign(decision.route.size(), 1);
  for (std::size_t i = 0; i + 1 < decision.route.size(); ++i)
    route.links.push_back(link_between(query, decision.route[i], decision.route[i + 1]));
  return route;
}

class Descent {
 public:
  Descent(const Query& query, const Decision& decision, std::size_t most_steps)
      : query_(query), route_(route_of(query, decision)), costs_(query, route_), steps_left_(most_steps) {
    read(decision);
    cost_ = cost_of(costs_.sums(best_));
  }

  std::optional<Decision> run() {
    bool has_any = false;
    while (steps_left_ > 0 && (move_a_block() || change_an_encoding())) has_any = true;
    if (!has_any) return std::nullopt;
    return costs_.decision(best_);
  }

 private:
  using Positions = std::vector<std::uint8_t>;

  void read(const Decision& decision) {
    for (const std::size_t block : query_.scenario.order)
      best_.position.push_back(static_cast<std::uint8_t>(decision.position[block]));
    std::vector<std::size_t> id_of(query_.problem->tensors.size(), kNone);
    for (std::size_t id = 0; id < query_.scenario.tensors.size(); ++id) {
      if (!query_.scenario.tensors[id].is_tie()) id_of[query_.scenario.tensors[id].tensor] = id;
      for (std::size_t boundary = 0; boundary < costs_.boundaries(); ++boundary)
        best_.encoding.push_back(first_encoding(id, boundary));
    }
    for (const auto& each : decision.crossings)
      best_.encoding[id_of[each.tensor] * costs_.boundaries() + each.hop] = static_cast<std::uint8_t>(each.encoding);
  }

  bool may_send(std::size_t id, std::size_t boundary, std::size_t encoding) const {
    const auto& encodings = query_.encodings_of(query_.scenario.tensors[id]);
    return encoding < encodings.size() && can_send(*query_.problem, encodings[encoding], route_.links[boundary]);
  }

  // In which a tensor may cross a boundary; 0 where there is none.
  std::uint8_t first_encoding(std::size_t id, std::size_t boundary) const {
    const std::size_t count = query_.encodings_of(query_.scenario.tensors[id]).size();
    for (std::size_t encoding = 0; encoding < count; ++encoding) {
      if (may_send(id, boundary, encoding)) return static_cast<std::uint8_t>(encoding);
    }
    return 0;
  }

  double cost_of(const Sums& sums) const { return query_.minimises_period ? sums.period() : sums.objective; }

  // Takes the neighbour if it is better.
  bool take(const Assignment& neighbour) {
    if (steps_left_ == 0) return false;
    --steps_left_;
    const Sums sums = costs_.sums(neighbour);
    const double cost = cost_of(sums);
    if (cost >= cost_ - kLeastGain * std::abs(cost_) || !costs_.holds(sums)) return false;
    best_ = neighbour;
    cost_ = cost;
    return true;
  }

  // Either end of each tensor that crosses moves to the other side.
  bool move_a_block() {
    const Positions position = best_.position;
    for (const auto& tensor : query_.scenario.tensors) {
      const std::size_t made = tensor.producer == kNone ? 0 : position[tensor.producer];
      for (const std::size_t reader : tensor.readers) {
        if (position[reader] <= made) continue;
        if (tensor.producer != kNone && try_move(tensor.producer, static_cast<std::uint8_t>(made + 1), true))
          return true;
        if (try_move(reader, static_cast<std::uint8_t>(position[reader] - 1), false)) return true;
      }
    }
    return false;
  }

  bool try_move(std::size_t rank, std::uint8_t to, bool is_later) {
    Assignment neighbour = best_;
    neighbour.position[rank] = to;
    is_later ? raise_readers(neighbour.position) : lower_producers(neighbour.position);
    return is_allowed(neighbour.position) && take(neighbour);
  }

  // Tensors are in the order of their producers: inputs first or last, which no block makes.
  void raise_readers(Positions& position) const {
    for (bool has_changed = true; has_changed;) {
      has_changed = false;
      for (const auto& tensor : query_.scenario.tensors) {
        if (tensor.producer == kNone) continue;
        for (const std::size_t reader : tensor.readers) {
          if (position[reader] >= position[tensor.producer]) continue;
          position[reader] = position[tensor.producer];
          has_changed = true;
        }
      }
    }
  }

  void lower_producers(Positions& position) const {
    for (bool has_changed = true; has_changed;) {
      has_changed = false;
      for (auto tensor = query_.scenario.tensors.rbegin(); tensor != query_.scenario.tensors.rend(); ++tensor) {
        if (tensor->producer == kNone) continue;
        for (const std::size_t reader : tensor->readers) {
          if (position[reader] >= position[tensor->producer]) continue;
          position[tensor->producer] = position[reader];
          has_changed = true;
        }
      }
    }
  }

  // Whether blocks may run there, phases stay in order, what crosses can be sent, and the route keeps its end.
  bool is_allowed(const Positions& position) const {
    const Scenario& scenario = query_.scenario;
    std::uint8_t earlier = 0;  // the last position of earlier phases, and of this one
    std::uint8_t latest = 0;
    for (std::size_t rank = 0; rank < scenario.size(); ++rank) {
      if (scenario.begins_phase(rank)) earlier = latest;
      if (position[rank] < earlier || !query_.may(rank, route_.targets[position[rank]])) return false;
      latest = std::max(latest, position[rank]);
    }
    if (latest + 1u != route_.length()) return false;
    for (std::size_t id = 0; id < scenario.tensors.size(); ++id) {
      const std::size_t last = costs_.last_reader(id, position);
      for (std::size_t boundary = costs_.made_at(id, position); boundary < last; ++boundary) {
        if (!may_send(id, boundary, best_.encoding[id * costs_.boundaries() + boundary])) return false;
      }
    }
    return true;
  }

  bool change_an_encoding() {
    for (std::size_t id = 0; id < query_.scenario.tensors.size(); ++id) {
      const std::size_t count = query_.encodings_of(query_.scenario.tensors[id]).size();
      if (count < 2) continue;
      const std::size_t last = costs_.last_reader(id, best_.position);
      for (std::size_t boundary = costs_.made_at(id, best_.position); boundary < last; ++boundary) {
        for (std::size_t encoding = 0; encoding < count; ++encoding) {
          if (!may_send(id, boundary, encoding)) continue;
          Assignment neighbour = best_;
          neighbour.encoding[id * costs_.boundaries() + boundary] = static_cast<std::uint8_t>(encoding);
          if (take(neighbour)) return true;
        }
      }
    }
    return false;
  }

  const Query& query_;
  const Route route_;
  const RouteCosts costs_;
  std::size_t steps_left_;
  Assignment best_;
  double cost_ = 0;
};

}  // namespace

std::optional<Decision> improve(const Query& query, const Decision& decision, std::size_t most_steps) {
  return Descent(query, decision, most_steps).run();
}

}  // namespace tandem::plan
