// SPINN: Laskaridis, Venieris, Almeida, Leontiadis and Lane, "SPINN: Synergistic Progressive Inference of Neural
// Networks over Device and Cloud", MobiCom 2020, section 4, dynamic scheduler. Candidates are pairs of a split point
// and a confidence threshold; constraints are kept in their order, a constraint that no candidate is left for counts no
// more, and of those left the best by the objective is taken. Tensors at the split are quantised to 8 bits and
// compressed.
//
// Here thresholds are the problem's policies, the profiled costs are the judge's, and any target with a link from the
// first may be the server. A tensor without such a codec is sent raw.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plan/compare/compare.h"
#include "plan/compare/placing.h"
#include "plan/judge/price.h"

namespace tandem::plan {
namespace {

std::size_t quantised_encoding(const Tensor& tensor) {
  for (const char* codec : {"int8+lz4", "int8"}) {
    const auto found = std::ranges::find(tensor.encodings, codec, &Encoding::codec);
    if (found != tensor.encodings.end()) return static_cast<std::size_t>(found - tensor.encodings.begin());
  }
  return plain_encoding(tensor);
}

// By constraint whether it is broken, then the cost, then the latency: the first difference decides.
using Rank = std::pair<std::vector<char>, std::pair<double, double>>;

Rank rank_of(const Problem& problem, const Plan& plan) {
  Rank rank{{}, {plan.cost, plan.latency_ms}};
  for (std::size_t i = 0; i < problem.constraints.size(); ++i)
    rank.first.push_back(excess_of(problem, plan, i) > 0 ? 1 : 0);
  return rank;
}

}  // namespace

Choice choose_spinn(const Problem& problem, const CompareOptions& options) {
  const auto servers = remotes(problem);
  if (servers.empty()) return {{}, "it needs a second target with a link from the first", ""};
  const std::size_t policies = std::max<std::size_t>(1, problem.policies.size());
  const std::size_t candidates = policies * servers.size() * (problem.blocks.size() + 1);
  if (candidates > options.most_decisions)
    return {{}, fmt::format("{} candidates, more than {}", candidates, options.most_decisions), ""};
  std::optional<Rank> best;
  Choice choice{{}, "no split can be sent", ""};
  for (std::size_t candidate = 0; candidate < candidates; ++candidate) {
    if (options.must_stop && options.must_stop()) return {{}, "stopped at the time limit", ""};
    const std::size_t cut = candidate % (problem.blocks.size() + 1);
    const std::size_t pair = candidate / (problem.blocks.size() + 1);
    auto decision = cut_at(problem, pair / servers.size(), servers[pair % servers.size()], cut, quantised_encoding);
    if (!decision) continue;
    Rank rank = rank_of(problem, price(problem, *decision));
    if (best && rank >= *best) continue;
    best = std::move(rank);
    choice = {std::move(decision), "", ""};
  }
  return choice;
}

}  // namespace tandem::plan
