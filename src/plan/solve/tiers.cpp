#include "plan/solve/tiers.h"

#include <algorithm>

#include "plan/solve/lay.h"
#include "plan/solve/layered.h"
#include "plan/solve/narrow.h"

namespace tandem::plan {
namespace {

// The least cost from one tier's set to another's, [from × tiers + to].
using Matrix = std::vector<double>;

class TierRelaxation {
 public:
  TierRelaxation(const Query& query, const TierSets& sets) : query_(query), sets_(sets), tiers_(sets.size()) {
    std::vector<std::size_t> tier_of(query.target_count(), kNone);
    for (std::size_t tier = 0; tier < tiers_; ++tier) {
      for (const std::size_t target : sets[tier]) tier_of[target] = tier;
    }
    links_.resize(tiers_ * tiers_);
    for (std::size_t link = 0; link < query.problem->links.size(); ++link) {
      const Link& each = query.problem->links[link];
      const bool counts = query.may_use_link[link] && tier_of[each.from] != kNone && tier_of[each.to] != kNone;
      if (counts) links_[tier_of[each.from] * tiers_ + tier_of[each.to]].push_back(link);
    }
  }

  double bound() {
    if (!is_connected()) return 0;
    Layered layered = nodes();
    add_boundaries(layered);
    add_wires(layered);
    if (!narrow(layered)) return kUnlimited;
    return cost_of(layered, lay_contracted(layered)) + query_.least_extras(query_.objective);
  }

 private:
  // Whether every tier but the first can be reached from an earlier one: else its costs would be unbounded.
  bool is_connected() const {
    for (std::size_t to = 1; to < tiers_; ++to) {
      bool is_reached = false;
      for (std::size_t from = 0; from < to; ++from) is_reached = is_reached || !links_[from * tiers_ + to].empty();
      if (!is_reached) return false;
    }
    return true;
  }

  Layered nodes() const {
    const Scenario& scenario = query_.scenario;
    Layered made;
    made.positions = tiers_;
    made.phases = scenario.phase_count();
    made.phase = scenario.phase;
    made.low.assign(scenario.size(), 0);
    made.high.assign(scenario.size(), static_cast<std::uint8_t>(tiers_ - 1));
    made.node_cost.assign(scenario.size() * tiers_, kUnlimited);
    for (std::size_t tier = 0; tier < tiers_; ++tier) {
      for (const std::size_t target : sets_[tier]) {
        for (std::size_t rank = 0; rank < scenario.size(); ++rank) {
          if (!query_.may(rank, target)) continue;
          double& least = made.node_cost[rank * tiers_ + tier];
          least = std::min(least, query_.block_cost(query_.objective, rank, target));
        }
      }
    }
    made.first_cost = query_.stage_cost(query_.objective, sets_[0][0], 0);
    return made;
  }

  // Least costs between neighbouring tiers whose sums are no more than any link that spans them costs.
  std::vector<double> spread(const Matrix& least) const {
    std::vector<double> steps(tiers_ - 1, kUnlimited);
    for (std::size_t from = 0; from < tiers_; ++from) {
      for (std::size_t to = from + 1; to < tiers_; ++to) {
        for (std::size_t step = from; step < to; ++step) {
          if (least[step * tiers_ + step + 1] != kUnlimited) {
            steps[step] = least[step * tiers_ + step + 1];
          } else {
            steps[step] = std::min(steps[step], least[from * tiers_ + to]);
          }
        }
      }
    }
    for (std::size_t from = 0; from < tiers_; ++from) {
      for (std::size_t to = from + 1; to < tiers_; ++to) {
        double sum = 0;
        for (std::size_t step = from; step < to; ++step) sum += steps[step];
        const double most = least[from * tiers_ + to];
        if (sum <= most) continue;
        for (std::size_t step = from; step < to; ++step) steps[step] *= most / sum;
      }
    }
    return steps;
  }

  template <class Cost>
  Matrix least_of(const Cost& cost) const {
    Matrix least(tiers_ * tiers_, kUnlimited);
    for (std::size_t pair = 0; pair < links_.size(); ++pair) {
      for (const std::size_t link : links_[pair]) least[pair] = std::min(least[pair], cost(link));
    }
    return least;
  }

  // Costs by phase must not increase; lowering them keeps the bound a bound.
  static void add_by_phase(const std::vector<std::vector<double>>& by_phase, std::vector<double>& costs) {
    for (std::size_t boundary = 0; boundary < by_phase[0].size(); ++boundary) {
      double least = kUnlimited;
      for (const auto& steps : by_phase) costs.push_back(least = std::min(least, steps[boundary]));
    }
  }

  void add_boundaries(Layered& layered) const {
    std::vector<std::vector<double>> by_phase;
    for (std::size_t phase = 0; phase < layered.phases; ++phase) {
      by_phase.push_back(
          spread(least_of([&](std::size_t link) { return query_.hop_cost(query_.objective, link, phase); })));
      double overhead = kUnlimited;  // a block behind the first tier begins a stage there
      for (std::size_t tier = 1; tier < tiers_; ++tier) {
        for (const std::size_t target : sets_[tier])
          overhead = std::min(overhead, query_.stage_cost(query_.objective, target, phase));
      }
      if (tiers_ > 1) by_phase.back()[0] += overhead;
    }
    add_by_phase(by_phase, layered.boundary_cost);
  }

  void add_wires(Layered& layered) const {
    std::vector<std::vector<double>> of_byte;
    Encoding byte;
    byte.bytes = 1;
    for (std::size_t phase = 0; phase < layered.phases; ++phase) of_byte.push_back(steps_of({byte}, phase));
    for (const auto& tensor : query_.scenario.tensors) {
      const auto& encodings = query_.encodings_of(tensor);
      layered.wires.push_back({tensor.producer, tensor.readers});
      std::vector<std::vector<double>> by_phase;
      for (std::size_t phase = 0; phase < layered.phases; ++phase) {
        if (encodings.empty()) {
          by_phase.emplace_back(tiers_ - 1, kUnlimited);
        } else if (tensor.is_plain()) {
          by_phase.push_back(of_byte[phase]);
          for (double& cost : by_phase.back()) cost *= tensor.plain_bytes;
        } else {
          by_phase.push_back(steps_of(encodings, phase));
        }
      }
      add_by_phase(by_phase, layered.wire_cost);
    }
  }

  std::vector<double> steps_of(const std::vector<Encoding>& encodings, std::size_t phase) const {
    return spread(least_of(
        [&](std::size_t link) { return query_.least_crossing_cost(query_.objective, encodings, link, phase); }));
  }

  const Query& query_;
  const TierSets& sets_;
  std::size_t tiers_;
  std::vector<std::vector<std::size_t>> links_;  // by pair of tiers
};

}  // namespace

double tier_bound(const Query& query, const TierSets& sets) {
  return TierRelaxation(query, sets).bound();
}

}  // namespace tandem::plan
