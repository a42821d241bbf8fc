// PORTEND: Ebrahimi, da Silva Veith, Gabel and de Lara, "PORTEND: A Joint Performance Model for Partitioned
// Early-Exiting DNNs", ICPADS 2023, and its published program performance_model.py. Tries every threshold, every
// placement on tiers and every partition of the order into a range for each; of those that are accurate enough, the
// fastest on average is taken. Here thresholds are the problem's policies, placements its routes, and its latency model
// is the judge's, which has the same terms. Tensors are sent raw; of all limits it keeps those on errors.
#include <fmt/format.h>

#include <algorithm>

#include "plan/compare/compare.h"
#include "plan/compare/placing.h"
#include "plan/judge/price.h"

namespace tandem::plan {
namespace {

class PortendSearch {
 public:
  PortendSearch(const Problem& problem, const CompareOptions& options)
      : problem_(problem), options_(options), position_(problem.blocks.size(), 0) {}

  Choice run() {
    const std::size_t policies = std::max<std::size_t>(1, problem_.policies.size());
    for (policy_ = 0; policy_ < policies && stopped_.empty(); ++policy_) extend();
    if (!stopped_.empty()) return {{}, stopped_, ""};
    if (best_.decision) return std::move(best_);
    return {{}, "no partition is accurate enough", ""};
  }

 private:
  // All partitions over this route, then over longer ones.
  void extend() {
    place(0, 0);
    for (const auto& link : problem_.links) {
      if (link.from != route_.back() || std::ranges::find(route_, link.to) != route_.end() || !stopped_.empty())
        continue;
      route_.push_back(link.to);
      extend();
      route_.pop_back();
    }
  }

  // Blocks from `block` on run at this stage or later ones; the last stage of the route runs the last block.
  void place(std::size_t stage, std::size_t block) {
    if (!stopped_.empty()) return;
    if (stage + 1 == route_.size()) {
      if (block < position_.size()) try_rest_on(stage, block);
      return;
    }
    for (std::size_t end = block; end < position_.size(); ++end) {
      place(stage + 1, end);
      position_[end] = stage;
    }
  }

  void try_rest_on(std::size_t stage, std::size_t block) {
    if (++tried_ > options_.most_decisions) stopped_ = fmt::format("more than {} partitions", options_.most_decisions);
    if (options_.must_stop && options_.must_stop()) stopped_ = "stopped at the time limit";
    std::vector<std::size_t> position = position_;
    std::fill(position.begin() + static_cast<std::ptrdiff_t>(block), position.end(), stage);
    auto decision = placed(problem_, policy_, route_, std::move(position), plain_encoding);
    if (!decision) return;
    const Plan plan = price(problem_, *decision);
    if (plan.latency_ms >= least_ms_ || !is_accurate(plan)) return;
    least_ms_ = plan.latency_ms;
    best_.decision = std::move(decision);
  }

  bool is_accurate(const Plan& plan) const {
    for (std::size_t i = 0; i < problem_.constraints.size(); ++i) {
      const Constraint& constraint = problem_.constraints[i];
      const bool is_bound = constraint.kind == ConstraintKind::AtMost && constraint.metric == Metric::Error;
      if (is_bound && excess_of(problem_, plan, i) > 0) return false;
    }
    return true;
  }

  const Problem& problem_;
  const CompareOptions& options_;
  std::size_t policy_ = 0;
  std::vector<std::size_t> route_ = {0};
  std::vector<std::size_t> position_;
  std::size_t tried_ = 0;
  std::string stopped_;
  double least_ms_ = kUnlimited;
  Choice best_;
};

}  // namespace

Choice choose_portend(const Problem& problem, const CompareOptions& options) {
  return PortendSearch(problem, options).run();
}

}  // namespace tandem::plan
