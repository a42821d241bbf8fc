#include "plan/solve/parallel_search.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "plan/solve/parallel_states.h"
#include "plan/solve/parallel_trace.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostStates = 400'000;

class ParallelSearch {
 public:
  ParallelSearch(const Query& query, const ParallelItems& items, double cutoff, Effort& effort)
      : query_(query),
        items_(items),
        cutoff_(cutoff),
        effort_(effort),
        states_(query.target_count()),
        windows_(query, items),
        links_(links_by_tier(query)) {
    states_.make_room_for(items.size());
  }

  ParallelFound run() {
    double rest = 0;
    for (const auto& item : items_.items) rest += item.least;
    const std::uint32_t start = states_.at({0}, 0, rest);
    relax(start, ParallelStates::place_of(0, Begun::Not), {0, start, 0, {}});
    for (std::size_t size = 0; size < items_.size() && !is_stopped(); ++size) {
      for (std::size_t i = 0; i < states_.of_size(size).size() && !is_stopped(); ++i)
        expand(states_.of_size(size)[i], size);
    }
    return collect();
  }

 private:
  bool is_stopped() const { return effort_.left == 0 || states_.size() > kMostStates; }

  double cost_of(std::uint32_t state, std::size_t target, Begun begun) {
    return states_.label(state, ParallelStates::place_of(target, begun)).cost;
  }

  void relax(std::uint32_t state, std::size_t place, const Label& label) {
    Label& known = states_.label(state, place);
    if (label.cost < known.cost) known = label;
  }

  void expand(std::uint32_t state, std::size_t size) {
    if (states_.least_cost(state) + states_.rest(state) >= cutoff_) return;
    const Ideal ideal = states_.ideal(state);  // a copy: the table grows
    windows_.load(ideal);
    take_hops(state);
    for (std::size_t target = 0; target < query_.target_count(); ++target) {
      const auto starts = starts_of(state, target);
      if (starts.empty()) continue;
      for (const std::uint32_t item : windows_.ready()) run_item(state, ideal, size, target, item);
      take_steps(state, ideal, size, target, starts);
    }
  }

  void take_hops(std::uint32_t state) {
    for (const std::size_t link : links_) {
      const auto& ends = query_.problem->links[link];
      const bool may_relay = ends.from == 0 || query_.problem->allows_relays;
      std::optional<double> hop_cost;
      for (const Begun begun : {Begun::Not, Begun::Open, Begun::Joined}) {
        if (begun == Begun::Not && !may_relay) continue;
        const double cost = cost_of(state, ends.from, begun);
        if (cost == kUnlimited) continue;
        if (!hop_cost) hop_cost = cost_of_hop(link);
        if (cost + *hop_cost + states_.rest(state) >= cutoff_) continue;
        relax(state, ParallelStates::place_of(ends.to, Begun::Not),
              {cost + *hop_cost,
               state,
               static_cast<std::uint32_t>(ParallelStates::place_of(ends.from, begun)),
               {Move::Kind::Hop, static_cast<std::uint32_t>(link), 0, 0}});
      }
    }
  }

  double cost_of_hop(std::size_t link) const {
    double sum = query_.hop_cost(query_.objective, link, 0);
    for (const auto& tensor : items_.tensors) {
      if (!windows_.is_on_frontier(tensor)) continue;
      const auto& encodings = query_.encodings_of(query_.scenario.tensors[tensor.active]);
      sum += query_.least_crossing_cost(query_.objective, encodings, link, 0);
    }
    return sum;
  }

  // How a stage on this target may go on from this state: its first part, or one more.
  std::vector<StepStart> starts_of(std::uint32_t state, std::size_t target) {
    std::vector<StepStart> starts;
    double open_cost = kUnlimited;  // an open step is never worse to go on from
    for (const Begun begun : {Begun::Not, Begun::Open, Begun::Joined}) {
      const std::size_t place = ParallelStates::place_of(target, begun);
      const double cost = states_.label(state, place).cost;
      if (cost == kUnlimited) continue;
      const double part_ms = begun == Begun::Not ? query_.stage_ms(target) : further_part_ms(query_, target);
      const bool is_open = begun == Begun::Open;
      if (begun == Begun::Joined && open_cost <= cost) continue;
      starts.push_back({cost + query_.objective.compute(target, part_ms, 0, 1), part_ms, place});
      if (!is_open) continue;
      open_cost = cost;
      starts.back().last = states_.assignments()[states_.label(state, place).move.begin].item;
    }
    return starts;
  }

  // The stage runs an item alone, in its open step or in a new one.
  void run_item(std::uint32_t state, const Ideal& ideal, std::size_t size, std::size_t target, std::uint32_t item) {
    const double ms = items_.items[item].ms[target];
    if (ms == kUnlimited) return;
    Label best;
    for (const Begun begun : {Begun::Not, Begun::Open, Begun::Joined}) {
      const std::size_t place = ParallelStates::place_of(target, begun);
      const double part_ms = begun == Begun::Open  ? 0
                             : begun == Begun::Not ? query_.stage_ms(target)
                                                   : further_part_ms(query_, target);
      const double cost = states_.label(state, place).cost + query_.objective.compute(target, part_ms + ms, 1, 1);
      if (cost < best.cost) best = {cost, state, static_cast<std::uint32_t>(place), {Move::Kind::Own, 0, 0, 0}};
    }
    const double rest = std::max(0.0, states_.rest(state) - items_.items[item].least);
    reach(ideal, size, {{item, kOwn}}, rest, ParallelStates::place_of(target, Begun::Open), best);
  }

  void take_steps(std::uint32_t state, const Ideal& ideal, std::size_t size, std::size_t target,
                  const std::vector<StepStart>& starts) {
    const auto visit = [&](double cost, const StepStart& start, const std::vector<Assigned>& window, double rest) {
      const Label label{cost, state, static_cast<std::uint32_t>(start.place), {Move::Kind::Step, 0, 0, 0}};
      reach(ideal, size, window, rest, ParallelStates::place_of(target, Begun::Joined), label);
    };
    windows_.for_each(target, starts, states_.rest(state), cutoff_, effort_, visit);
  }

  // The ideal with these items, too, at this cost.
  void reach(const Ideal& ideal, std::size_t size, const std::vector<Assigned>& window, double rest, std::size_t place,
             Label label) {
    if (label.cost + rest >= cutoff_) return;
    more_.clear();
    for (const auto& assigned : window) more_.push_back(assigned.item);
    extend_ideal(ideal, more_, longer_);
    const std::uint32_t next = states_.at(longer_, size + window.size(), rest);
    if (label.cost >= states_.label(next, place).cost) return;
    label.move.begin = states_.keep(window);
    label.move.end = label.move.begin + static_cast<std::uint32_t>(window.size());
    states_.label(next, place) = label;
  }

  // The plans that end on each target.
  ParallelFound collect() {
    ParallelFound found;
    found.is_complete = !is_stopped();
    const auto& ends = states_.of_size(items_.size());
    for (std::size_t target = 0; !ends.empty() && target < query_.target_count(); ++target) {
      for (const Begun begun : {Begun::Open, Begun::Joined}) {
        const std::size_t place = ParallelStates::place_of(target, begun);
        const double cost = states_.label(ends[0], place).cost;
        if (cost == kUnlimited) continue;
        found.plans.push_back({cost, trace_parallel(query_, items_, states_, windows_, ends[0], place)});
      }
    }
    std::ranges::sort(found.plans, {}, &ParallelFound::Found::cost);
    return found;
  }

  const Query& query_;
  const ParallelItems& items_;
  const double cutoff_;
  Effort& effort_;
  ParallelStates states_;
  ParallelWindows windows_;
  const std::vector<std::size_t> links_;
  std::vector<std::uint32_t> more_;
  Ideal longer_;
};

}  // namespace

ParallelFound search_parallel(const Query& query, const ParallelItems& items, double cutoff, Effort& effort) {
  return ParallelSearch(query, items, cutoff, effort).run();
}

}  // namespace tandem::plan
