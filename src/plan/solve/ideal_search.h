// One pass of the search over ideals: the plans none of whose stages and links is busy for longer than a threshold.
// Private to plan/solve/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "plan/solve/ideal_costs.h"
#include "plan/solve/ideal_lattice.h"
#include "plan/solve/query.h"

namespace tandem::plan {

// Whether not all blocks fit on some target.
bool limits_memory(const Query& query);

// Labels of ideals: ways to begin a plan whose last cut is the boundary of an ideal. Of the labels of an ideal and a
// target only those count that no other beats in every quantity that matters. With the stage's time alone that is one,
// so a pass takes time proportional to the steps of the lattice and to the links.
class IdealSearch {
 public:
  IdealSearch(const Query& query, const std::vector<Bundle>& bundles, const IdealLattice& lattice);

  struct Found {
    Decision decision;
    double period_ms = 0;
    double objective = 0;
  };
  struct Pass {
    std::optional<Found> found;
    double next_ms = kUnlimited;  // with a threshold below this, too, nothing would have been found
    bool is_stopped = false;
    bool has_dropped = false;  // labels beyond `most_labels`
  };

  // Any plan within the threshold.
  Pass any_within(double threshold_ms) { return pass(threshold_ms, kUnlimited, kNone); }
  // The plan within the threshold of the least objective; nothing if none has less than `limit`. Keeps at most
  // `most_labels` for each ideal, those of the least objective: with fewer than there are, the plan may not be the
  // best.
  Pass best_within(double threshold_ms, double limit, std::size_t most_labels);

  // No plan has a shorter period, or a lesser objective.
  double least_period() const;
  double least_objective() { return objective_rest().fresh[0]; }
  std::size_t steps() const { return steps_; }

 private:
  static constexpr std::uint32_t kNobody = static_cast<std::uint32_t>(-1);

  // How it came about: from its parent by running a bundle, or by a hop.
  struct Label {
    Amounts amounts;
    double busiest_ms = 0;
    std::uint64_t used = 0;
    std::uint32_t parent = kNobody;
    std::uint32_t ideal = 0;
    std::uint32_t by = kNobody;   // the bundle, or the link
    std::uint32_t way = kNobody;  // of a hop
  };
  using List = std::vector<std::uint32_t>;  // labels

  const IdealCosts::Rest& objective_rest();
  Pass pass(double threshold_ms, double limit, std::size_t most_labels);
  bool must_stop();
  void run_target(std::size_t target);
  void run_bundle(const IdealLattice::Step& step, std::size_t ideal, std::size_t target);
  void hop_on(std::size_t ideal, std::size_t target, const List& from);
  void take(std::uint32_t parent, std::size_t link, std::size_t ideal);
  void insert(Label& label, std::size_t target, bool is_fresh, List& list);
  void drop_worst(List& list);
  bool can_end_well(const Label& label, std::size_t target, bool is_fresh) const;
  bool is_no_worse(const Label& a, const Label& b) const;
  void finish();
  bool is_whole(const Label& label) const;
  Found trace(const Label& last) const;

  const Query& query_;
  const std::vector<Bundle>& bundles_;
  const IdealLattice& lattice_;
  IdealCosts costs_;
  const bool counts_memory_;
  IdealCosts::Rest objective_rest_;            // once it is needed
  std::vector<IdealCosts::Rest> limit_rests_;  // by limit
  std::vector<std::uint64_t> needed_by_;       // by target
  std::size_t steps_ = 0;

  // Of a pass.
  double threshold_ms_ = 0;
  double limit_ = kUnlimited;  // of the objective
  bool counts_objective_ = false;
  std::size_t most_labels_ = kNone;
  bool has_dropped_ = false;
  bool is_stopped_ = false;
  std::size_t work_ = 0;  // since the query was asked whether to stop
  double room_threshold_ms_ = -1;
  IdealCosts::Rest room_;  // within that threshold
  std::vector<Label> labels_;
  std::vector<std::vector<List>> fresh_;  // by target, by ideal: stages that have run nothing
  std::vector<List> begun_;               // by ideal, of the current target
  std::optional<Label> best_;
  double next_ms_ = kUnlimited;
};

}  // namespace tandem::plan
