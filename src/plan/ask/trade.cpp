#include "plan/ask/trade.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plan/ask/variant.h"
#include "plan/judge/price.h"
#include "plan/judge/structure.h"
#include "plan/problem/accuracy.h"

namespace tandem::plan {
namespace {

bool limits_error(const Constraint& constraint) {
  return constraint.kind == ConstraintKind::AtMost && constraint.metric == Metric::Error;
}

Plan with_encoding(const Problem& problem, const Plan& plan, std::size_t crossing, std::size_t encoding) {
  Decision decision = plan.decision;
  decision.crossings[crossing].encoding = encoding;
  std::ranges::sort(decision.crossings);
  return price(problem, decision);
}

CodecTrade trade_of(const Problem& problem, const Plan& plan, std::size_t index) {
  const Crossing& crossing = plan.decision.crossings[index];
  const std::size_t from = plan.decision.route[crossing.hop];
  const std::size_t to = plan.decision.route[crossing.to()];
  const Tensor& tensor = problem.tensors[crossing.tensor];
  CodecTrade trade{tensor.name, problem.targets[from].name, problem.targets[to].name, {}};
  for (std::size_t i = 0; i < tensor.encodings.size(); ++i) {
    const Encoding& encoding = tensor.encodings[i];
    if (!has_codec(encoding, from, to)) continue;
    const Plan changed = with_encoding(problem, plan, index, i);
    trade.ways.push_back({encoding.codec, encoding.bytes, encoding.accuracy_loss,
                          codec_ms(problem, encoding.encode_ms, from), codec_ms(problem, encoding.decode_ms, to),
                          changed.latency_ms, changed.accuracy, is_feasible(problem, changed), i == crossing.encoding});
  }
  return trade;
}

}  // namespace

std::vector<CodecTrade> codec_trades(const Problem& problem, const Plan& plan) {
  std::vector<CodecTrade> trades;
  for (std::size_t index = 0; index < plan.decision.crossings.size(); ++index)
    trades.push_back(trade_of(problem, plan, index));
  return trades;
}

Problem with_accuracy_loss(Problem problem, double points) {
  const double accuracy = std::max(0.0, reference_accuracy(problem) - points);
  Constraint constraint;
  constraint.text = fmt::format("accuracy >= {:.12g}%", accuracy);
  constraint.metric = Metric::Error;
  constraint.limit = 100 - accuracy;
  problem.constraints.push_back(std::move(constraint));
  // Without policies every request crosses and pays in full, so encodings that lose more are of no use.
  if (problem.policies.empty())
    keep_encodings(problem, [&](const Encoding& each) { return each.accuracy_loss <= points + kIndistinct; });
  return problem;
}

std::vector<LossBound> best_by_loss(const Problem& problem, const std::vector<double>& points,
                                    const SolveOptions& options) {
  Problem free = problem;
  std::erase_if(free.constraints, limits_error);
  if (free.objective.kind == ObjectiveKind::Accuracy) free.objective = {};
  std::vector<LossBound> bounds;
  for (const double each : points) {
    auto plans = solve(with_accuracy_loss(free, each), options).plans;
    bounds.push_back({each, plans.empty() ? std::nullopt : std::optional(std::move(plans[0]))});
  }
  return bounds;
}

}  // namespace tandem::plan
