#include "plan/solve/ideals.h"

#include <algorithm>
#include <cmath>

#include "plan/solve/ideal_search.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostIdeals = 200'000;
constexpr std::size_t kMostWays = 2'000'000;  // ideals × links
constexpr std::size_t kWidest = 64;           // gaps in the order, where there are too many ideals
constexpr std::size_t kPasses = 40;           // of a search, about
constexpr std::size_t kMostLabels = 100;      // of an ideal, for the fastest of plans of equal period
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

class Bisection {
 public:
  Bisection(const Query& query, IdealSearch& search)
      : query_(query), search_(search), low_(search.least_period()), high_(query.cutoff - query.constant) {
    if (query.period_limit != kUnlimited) high_ = std::min(high_, query.period_limit + slack_of(query.period_limit));
    high_ += kRounding * std::abs(high_);
  }

  // The bounds meet where the period is known; then the fastest plan of that period is sought.
  Findings run() {
    while (!is_stopped_ && low_ < high_ * (1 - kRounding)) try_within(middle());
    if (!is_stopped_ && !best_) try_within(high_);
    if (!is_stopped_ && best_) find_fastest();
    return findings();
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

  // With few labels first, since a fast plan rules out most of them; with as many as there is time for at last.
  void find_fastest() {
    for (const std::size_t most_labels : {std::size_t{2}, kMostLabels}) {
      auto pass = search_.best_within(high_ + kRounding * high_, best_->objective, most_labels);
      is_stopped_ = pass.is_stopped;
      if (pass.found) best_ = std::move(pass.found);
      if (is_stopped_ || !pass.has_dropped) return;
    }
  }

  Findings findings() {
    Findings findings;
    findings.steps = search_.steps();
    findings.is_proven = !is_stopped_;
    findings.bound = std::min(low_, high_) + query_.constant;
    if (best_) {
      findings.costs.push_back(best_->period_ms + query_.tie_break * best_->objective + query_.constant);
      findings.decisions.push_back(std::move(best_->decision));
    }
    findings.open_bound = findings.bound;
    if (findings.is_proven) findings.bound = best_ ? findings.costs[0] : kUnlimited;
    return findings;
  }

  const Query& query_;
  IdealSearch& search_;
  double low_, high_;
  bool is_stopped_ = false;
  std::optional<IdealSearch::Found> best_;
};

}  // namespace

bool ideals_fit(const Query& query) {
  return query.minimises_period && query.count == 1 && query.limits.size() <= kMostLimitsOfIdeals &&
         query.needed.size() <= 64;
}

double ideals_effort(const Query& query) {
  const auto lattice = make_lattice(query, make_bundles(query), most_ideals(query));
  if (!lattice) return kUnlimited;
  const std::size_t quantities = query.limits.size() + query.needed.size() + (query.has_memory_limits() ? 1 : 0);
  const auto each = static_cast<double>(query.problem->links.size() + query.target_count());
  return 20 * kPasses * static_cast<double>(lattice->size()) * each * std::pow(4.0, quantities);
}

Findings solve_ideals(const Query& query) {
  const auto bundles = make_bundles(query);
  bool is_whole = true;
  const IdealLattice lattice = make_lattice(query, bundles, is_whole);
  IdealSearch search(query, bundles, lattice);
  Findings findings = Bisection(query, search).run();
  if (is_whole) return findings;
  findings.is_proven = false;
  findings.bound = findings.open_bound = search.least_period() + query.constant;
  return findings;
}

}  // namespace tandem::plan
