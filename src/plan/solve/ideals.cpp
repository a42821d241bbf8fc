#include "plan/solve/ideals.h"

#include <algorithm>
#include <cmath>

#include "plan/solve/ideal_search.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostIdeals = 60'000;
constexpr std::size_t kMostWays = 2'000'000;  // ideals × links
constexpr std::size_t kWidest = 64;           // gaps in the order, where there are too many ideals
constexpr std::size_t kPasses = 40;           // of a search, about
constexpr double kRounding = 1e-12;           // relative: of sums in different orders

std::size_t most_ideals(const Query& query) {
  return std::min(kMostIdeals, kMostWays / std::max<std::size_t>(1, query.problem->links.size()));
}

// All ideals, or as many as there is room for.
IdealLattice make_lattice(const Query& query, const std::vector<Bundle>& bundles, bool& is_whole) {
  const std::size_t most = std::max(most_ideals(query), bundles.size() + 1);
  auto lattice = make_lattice(query, bundles, most);
  is_whole = lattice.has_value();
  for (std::size_t width = kWidest; !lattice; width /= 2) lattice = make_lattice(query, bundles, most, width);
  return std::move(*lattice);
}

double threshold_of(const Query& query) {
  return query.period_limit == kUnlimited ? kUnlimited : query.period_limit + slack_of(query.period_limit);
}

// `bound`: of a search that was stopped.
Findings found_plan(const Query& query, const std::optional<IdealSearch::Found>& found, double bound) {
  Findings findings;
  findings.bound = findings.open_bound = bound + query.constant;
  if (!found) return findings;
  findings.decisions.push_back(found->decision);
  findings.costs.push_back(query.constant + (query.minimises_period ? found->period_ms : found->objective));
  findings.bound = std::min(findings.bound, findings.costs[0]);
  return findings;
}

class Bisection {
 public:
  Bisection(const Query& query, IdealSearch& search)
      : query_(query), search_(search), low_(search.least_period()), high_(query.cutoff - query.constant) {
    high_ = std::min(high_, threshold_of(query));
    high_ += kRounding * std::abs(high_);
  }

  // Ends where the bounds are within `precision` of each other, relative.
  Findings run(double precision) {
    while (!is_stopped_ && low_ < high_ * (1 - precision)) try_within(middle());
    if (!is_stopped_ && !best_) try_within(high_);
    Findings findings = found_plan(query_, best_, is_stopped_ ? std::min(low_, high_) : kUnlimited);
    findings.steps = search_.steps();
    findings.is_proven = !is_stopped_;
    return findings;
  }

 private:
  double middle() const {
    if (high_ == kUnlimited) return kUnlimited;
    return high_ > 2 * low_ ? std::sqrt(std::max(low_, 1e-3 * high_) * high_) : low_ + (high_ - low_) / 2;
  }

  void try_within(double threshold_ms) {
    auto pass = search_.any_within(threshold_ms);
    is_stopped_ = pass.is_stopped;
    if (is_stopped_) return;
    if (pass.found) {
      high_ = pass.found->period_ms;
      best_ = std::move(pass.found);
    } else {
      low_ = std::max(low_, std::min(pass.next_ms, high_));
    }
  }

  const Query& query_;
  IdealSearch& search_;
  double low_, high_;
  bool is_stopped_ = false;
  std::optional<IdealSearch::Found> best_;
};

// The least sum within the period's limit. With few labels first, since a good plan rules out most of them.
Findings best_of_sum(const Query& query, IdealSearch& search, const std::vector<std::size_t>& label_counts) {
  double limit = std::min(query.cutoff - query.constant, query.objective_limit + slack_of(query.objective_limit));
  std::optional<IdealSearch::Found> best;
  bool is_stopped = false;
  for (const std::size_t most_labels : label_counts) {
    auto pass = search.best_within(threshold_of(query), limit, most_labels);
    is_stopped = pass.is_stopped;
    if (pass.found) {
      limit = pass.found->objective;
      best = std::move(pass.found);
    }
    if (is_stopped || !pass.has_dropped) break;
  }
  Findings findings = found_plan(query, best, is_stopped ? search.least_objective() : kUnlimited);
  findings.steps = search.steps();
  findings.is_proven = !is_stopped;
  return findings;
}

}  // namespace

bool ideals_fit(const Query& query) {
  return query.counts_period() && query.count == 1 && query.limits.size() <= kMostLimitsOfIdeals &&
         query.needed.size() <= 64 && query.segments.empty();
}

double ideals_effort(const Query& query) {
  const auto lattice = make_lattice(query, make_bundles(query), most_ideals(query));
  if (!lattice) return kUnlimited;
  const std::size_t quantities = query.limits.size() + query.needed.size() + (limits_memory(query) ? 1 : 0);
  const auto each = static_cast<double>(query.problem->links.size() + query.target_count());
  return 20 * kPasses * static_cast<double>(lattice->size()) * each * std::pow(4.0, quantities);
}

Findings solve_ideals(const Query& query) {
  const auto bundles = make_bundles(query);
  bool is_whole = true;
  const IdealLattice lattice = make_lattice(query, bundles, is_whole);
  IdealSearch search(query, bundles, lattice);
  Findings findings =
      query.minimises_period ? Bisection(query, search).run(kRounding) : best_of_sum(query, search, {2, 50, kNone});
  if (is_whole) return findings;
  findings.is_proven = false;
  const double least = query.minimises_period ? search.least_period() : search.least_objective();
  findings.bound = findings.open_bound = least + query.constant;
  return findings;
}

}  // namespace tandem::plan
