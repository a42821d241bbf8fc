#include "plan/solve/choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "plan/solve/chain.h"
#include "plan/solve/cut.h"
#include "plan/solve/ideals.h"
#include "plan/solve/labels.h"
#include "plan/solve/linear.h"
#include "plan/solve/parallel.h"
#include "plan/solve/solve.h"
#include "plan/solve/stages.h"

namespace tandem::plan {
namespace {

using base::Error;
using base::ErrorKind;

// Dynamic programming: one step for each cut and link.
double chain_effort(const Query& query) {
  return static_cast<double>(query.scenario.size() * (query.problem->links.size() + query.target_count()));
}

// The mean number of ways to encode what crosses a cut.
double options_of(const Query& query) {
  double sum = 0;
  for (std::size_t cut = 0; cut < query.scenario.size(); ++cut) {
    double options = 1;
    for (const std::size_t id : query.scenario.frontier(cut))
      options *= static_cast<double>(query.encodings_of(query.scenario.tensors[id]).size());
    sum += options;
  }
  return sum / static_cast<double>(std::max<std::size_t>(1, query.scenario.size()));
}

// Every label of a cut is compared with all others. A sum has one for each target and plan; each further quantity
// multiplies them, up to about one for each cut before.
double labels_effort(const Query& query) {
  std::size_t quantities = query.limits.size() + query.needed.size() + (query.has_memory_limits() ? 1 : 0);
  quantities += query.counts_period() ? 2 : 0;
  const auto count = static_cast<double>(query.scenario.size());
  const double labels =
      static_cast<double>(query.count) * (quantities == 0 ? 1 : std::min(count, std::pow(8.0, quantities)));
  return chain_effort(query) * options_of(query) * labels * labels;
}

// As that of labels, with a stage for each pair of cuts instead of a step for each cut, but without the time and memory
// of unfinished stages.
double stages_effort(const Query& query) {
  std::size_t quantities = query.limits.size() + query.needed.size();
  quantities += query.counts_period() && !query.minimises_period ? 1 : 0;
  const auto count = static_cast<double>(query.scenario.size());
  const double labels = static_cast<double>(query.count) * std::min(count, std::pow(8.0, quantities));
  return chain_effort(query) * count / 2 * options_of(query) * labels * labels;
}

double enumeration_effort(const Query& query) {
  return 4 * linear_effort(query) * std::pow(options_of(query), static_cast<double>(query.problem->tiers.size() - 1));
}

// About forty minimum cuts for each link, if the first bounds are near; many more where limits have to be proven.
double cut_effort(const Query& query) {
  const double one = 100 * static_cast<double>(query.scenario.size() * query.problem->tiers.size());
  const double cuts = 40 * static_cast<double>(query.problem->links.size() + query.count);
  return one * cuts * (query.is_additive() ? 1 : 50);
}

// Beside the solver of plans without it (solve.cpp), never instead.
double parallel_effort(const Query&) {
  return kUnlimited;
}

constexpr Solver kSolvers[] = {
    {"chain", chain_fits, chain_effort, solve_chain},
    {"linear", linear_fits, enumeration_effort, solve_linear},
    {"labels", labels_fit, labels_effort, solve_labels},
    {"stages", stages_fit, stages_effort, solve_stages},
    {"ideals", ideals_fit, ideals_effort, solve_ideals},
    {"cut", cut_fits, cut_effort, solve_cut},
    {"parallel", allows_parallel, parallel_effort, solve_parallel},
};

}  // namespace

const Solver& choose_solver(const Query& query, const std::string& name) {
  const Solver* best = nullptr;
  double least = kUnlimited;
  bool is_known = name.empty();
  for (const Solver& solver : kSolvers) {
    if (!name.empty() && name != solver.name) continue;
    is_known = true;
    if (!solver.fits(query)) continue;
    const double effort = solver.effort(query);
    if (best != nullptr && effort >= least) continue;
    best = &solver;
    least = effort;
  }
  if (best != nullptr) return *best;
  if (is_known) throw Error(ErrorKind::Unsupported, fmt::format("solver '{}' does not fit this problem", name));
  throw Error(ErrorKind::InvalidInput,
              fmt::format("no solver '{}', expected one of: {}", name, fmt::join(solver_names(), ", ")));
}

std::vector<std::string> solver_names() {
  std::vector<std::string> names;
  for (const Solver& solver : kSolvers) names.emplace_back(solver.name);
  return names;
}

}  // namespace tandem::plan
