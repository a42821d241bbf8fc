// Costs for a search over ideals: of bundles on targets, of hops from ideals, and of the rest of a plan. Targets and
// links of equal costs are recognised, so that one of each kind stands for all. Private to plan/solve/.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "plan/solve/bundles.h"
#include "plan/solve/frontier_options.h"
#include "plan/solve/ideal_lattice.h"
#include "plan/solve/query.h"

namespace tandem::plan {

inline constexpr std::size_t kMostLimitsOfIdeals = 3;

// Sums that a plan has run up: of its current stage, and of the whole.
struct Amounts {
  double stage_ms = 0;
  double memory_bytes = 0;
  double objective = 0;
  std::array<double, kMostLimitsOfIdeals> limits{};

  void add(const Amounts& other) {
    stage_ms += other.stage_ms;
    memory_bytes += other.memory_bytes;
    objective += other.objective;
    for (std::size_t i = 0; i < limits.size(); ++i) limits[i] += other.limits[i];
  }
  void add(const FunctionalValues& values) {
    objective += values.objective;
    for (std::size_t i = 0; i < values.limits.size(); ++i) limits[i] += values.limits[i];
  }
};

class IdealCosts {
 public:
  IdealCosts(const Query& query, const std::vector<Bundle>& bundles, const IdealLattice& lattice);

  // Of a bundle on a target, and of a stage that begins at an ideal, or goes on there with a further part behind an
  // exit.
  const Amounts& run(std::size_t bundle, std::size_t target) const { return runs_[bundle * targets_ + target]; }
  const Amounts& begin(std::size_t ideal, std::size_t target, bool begins_stage) const {
    if (begins_stage) return overheads_[phase_of(ideal) * targets_ + target];
    return starts_phase(ideal) ? parts_[phase_of(ideal) * targets_ + target] : nothing_;
  }
  bool may_run(std::size_t bundle, std::size_t target) const { return may_run_[bundle * targets_ + target] != 0; }

  // Links that a plan needs, by target that they start from. Without those for which another to the same kind of target
  // and no later tier stands.
  const std::vector<std::size_t>& links_from(std::size_t target) const { return links_[target]; }

  // A hop over a link at an ideal: without its tensors, and the ways to encode those. None: they cannot be sent.
  const FunctionalValues& hop(std::size_t ideal, std::size_t link) const { return hop_at(ideal, link).values; }
  double answer_ms(std::size_t ideal, std::size_t link) const { return hop_at(ideal, link).answer_ms; }
  const std::vector<FrontierOption>& ways(std::size_t ideal, std::size_t link);
  // One that ways() gave before.
  const FrontierOption& way(std::size_t ideal, std::size_t link, std::size_t index) const {
    return (*ways_[ideal * query_.problem->links.size() + kind_of_link_[link]])[index];
  }

  // By (ideal, target), where a stage has begun there, or has not.
  struct Rest {
    std::vector<double> begun, fresh;
  };
  // The least that the rest of a plan adds to a functional. kUnlimited: no plan leads on from here.
  Rest rest(const Functional& functional);
  // The longest that the stage may have been busy so far, if it and all later stages and links are to stay within a
  // threshold. -kUnlimited: they cannot.
  Rest room(double threshold_ms);

  // The phase of the first bundle outside an ideal that is not full.
  std::size_t phase_of(std::size_t ideal) const { return phases_[lattice_.count(ideal)]; }
  std::size_t targets() const { return targets_; }
  const std::vector<std::size_t>& by_tier() const { return by_tier_; }

 private:
  struct Hop {
    FunctionalValues values;
    double answer_ms = 0;
  };
  const Hop& hop_at(std::size_t ideal, std::size_t link) const {
    return hops_[phase_of(ideal) * query_.problem->links.size() + link];
  }
  // Whether all bundles of the phases before are in the ideal, and none of the next.
  bool starts_phase(std::size_t ideal) const {
    const std::size_t count = lattice_.count(ideal);
    return count > 0 && phases_[count] != phases_[count - 1];
  }
  double begin_cost(const Functional& functional, std::size_t ideal, std::size_t target, bool begins_stage) const;
  void add_runs();
  void add_hops();
  void find_kinds();
  void find_links();
  std::vector<double> signature_of_target(std::size_t target) const;
  std::vector<double> signature_of_link(std::size_t link) const;
  bool stands_for(std::size_t link, std::size_t other) const;
  double room_from(const Rest& room, double threshold_ms, std::size_t ideal, std::size_t target);
  double least_way(const Functional& functional, std::size_t ideal, std::size_t link);
  double least_from(const Functional& functional, const Rest& rest, std::size_t ideal, std::size_t target);

  const Query& query_;
  const std::vector<Bundle>& bundles_;
  const IdealLattice& lattice_;
  const std::size_t targets_;
  std::vector<Amounts> runs_, overheads_, parts_;
  const Amounts nothing_{};
  std::vector<char> may_run_;
  std::vector<Hop> hops_;             // [phase × links + link]
  std::vector<std::size_t> phases_;   // by size of an ideal
  std::vector<std::size_t> by_tier_;  // targets
  std::vector<std::size_t> kind_of_target_, kind_of_link_;
  std::vector<std::vector<std::size_t>> links_;
  std::vector<std::unique_ptr<const std::vector<FrontierOption>>> ways_;  // by ideal and kind of link, when asked for
};

}  // namespace tandem::plan
