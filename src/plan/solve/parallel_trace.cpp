#include "plan/solve/parallel_trace.h"

#include <algorithm>
#include <vector>

namespace tandem::plan {
namespace {

std::size_t cheapest_encoding(const Query& query, const std::vector<Encoding>& encodings, std::size_t link) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < encodings.size(); ++i) {
    if (query.crossing_cost(query.objective, encodings[i], link, 0) <
        query.crossing_cost(query.objective, encodings[best], link, 0))
      best = i;
  }
  return best;
}

// Plays the moves from the first one on.
class Trace {
 public:
  Trace(const Query& query, const ParallelItems& items, ParallelStates& states, ParallelWindows& windows)
      : query_(query), items_(items), states_(states), windows_(windows) {
    const std::size_t blocks = query.problem->blocks.size();
    decision_.policy = query.scenario.policy;
    decision_.route = {0};
    decision_.position.assign(blocks, kNone);
    decision_.step.assign(blocks, 0);
    decision_.beside.assign(blocks, kNone);
  }

  Decision of(std::uint32_t state, std::size_t place) && {
    std::vector<const Label*> moves;
    while (states_.label(state, place).move.kind != Move::Kind::Start) {
      const Label& label = states_.label(state, place);
      moves.push_back(&label);
      state = label.state;
      place = label.place;
    }
    std::ranges::reverse(moves);
    for (const Label* label : moves) play(*label);
    finish();
    return std::move(decision_);
  }

 private:
  void play(const Label& label) {
    if (label.move.kind == Move::Kind::Hop) return take_hop(label);
    begin_step(label);
    for (std::uint32_t i = label.move.begin; i < label.move.end; ++i) run(states_.assignments()[i]);
    if (label.move.kind == Move::Kind::Step) hand(label);
  }

  void take_hop(const Label& label) {
    windows_.load(states_.ideal(label.state));
    const std::size_t hop = decision_.route.size() - 1;
    for (const auto& tensor : items_.tensors) {
      if (!windows_.is_on_frontier(tensor)) continue;
      const auto& active = query_.scenario.tensors[tensor.active];
      const std::size_t encoding = cheapest_encoding(query_, query_.encodings_of(active), label.move.link);
      decision_.crossings.push_back({hop, active.tensor, encoding});
    }
    decision_.route.push_back(query_.problem->links[label.move.link].to);
    step_ = 0;
  }

  // Work without offloads goes on in an open step; everything else begins one.
  void begin_step(const Label& label) {
    const auto begun = static_cast<Begun>(label.place % kBegunStates);
    if (begun == Begun::Joined || (begun == Begun::Open && label.move.kind == Move::Kind::Step)) ++step_;
  }

  void run(const Assigned& assigned) {
    for (const std::size_t rank : items_.items[assigned.item].ranks) {
      const std::size_t block = query_.scenario.order[rank];
      decision_.position[block] = decision_.route.size() - 1;
      decision_.step[block] = step_;
      if (assigned.link != kOwn) decision_.beside[block] = query_.problem->links[assigned.link].to;
    }
  }

  void hand(const Label& label) {
    windows_.load(states_.ideal(label.state));
    const std::size_t target = label.place / kBegunStates;
    const auto begun = static_cast<Begun>(label.place % kBegunStates);
    const double part_ms = begun == Begun::Not ? query_.stage_ms(target) : further_part_ms(query_, target);
    const auto begin = states_.assignments().begin();
    for (const auto& handed :
         windows_.handings(target, {0, part_ms, label.place}, {begin + label.move.begin, begin + label.move.end})) {
      decision_.handings.push_back({decision_.route.size() - 1, step_, query_.problem->links[handed.link].to,
                                    query_.scenario.tensors[items_.tensors[handed.tensor].active].tensor,
                                    handed.encoding});
    }
  }

  void finish() {
    std::ranges::sort(decision_.crossings);
    std::ranges::sort(decision_.handings);
    if (!decision_.handings.empty() || std::ranges::any_of(decision_.beside, [](auto b) { return b != kNone; })) return;
    decision_.step.clear();
    decision_.beside.clear();
  }

  const Query& query_;
  const ParallelItems& items_;
  ParallelStates& states_;
  ParallelWindows& windows_;
  Decision decision_;
  std::size_t step_ = 0;
};

}  // namespace

Decision trace_parallel(const Query& query, const ParallelItems& items, ParallelStates& states,
                        ParallelWindows& windows, std::uint32_t state, std::size_t place) {
  return Trace(query, items, states, windows).of(state, place);
}

}  // namespace tandem::plan
