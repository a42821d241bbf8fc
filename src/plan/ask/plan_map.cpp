#include "plan/ask/plan_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"
#include "plan/ask/envelope.h"
#include "plan/ask/variant.h"
#include "plan/judge/price.h"

namespace tandem::plan {
namespace {

using base::Error;
using base::ErrorKind;

// Segments shorter than this, relative, are rounding.
constexpr double kShortest = 1e-12;

bool is_lossy(const Tensor& tensor) {
  return std::ranges::any_of(tensor.encodings, [](const Encoding& encoding) { return encoding.accuracy_loss != 0; });
}

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorKind::Unsupported, "a plan map " + what);
}

void check_constraint(const Problem& problem, const Constraint& constraint) {
  if (constraint.kind != ConstraintKind::AtMost) return;
  const ObjectiveKind objective = problem.objective.kind;
  if (constraint.metric == Metric::Period || constraint.metric == Metric::Exchange ||
      constraint.metric == Metric::Energy || constraint.is_share)
    refuse(fmt::format("under '{}': {}{} depends on the bandwidth, so the map cannot limit it", constraint.text,
                       constraint.is_share ? "a share of " : "", name_of(constraint.metric)));
  if (is_deadline(constraint) && objective != ObjectiveKind::Latency && objective != ObjectiveKind::Accuracy)
    refuse(fmt::format("of {} under '{}': a deadline goes with latency or accuracy only", name_of(objective),
                       constraint.text));
}

void check_support(const Problem& problem) {
  if (problem.objective.kind == ObjectiveKind::Throughput)
    refuse("of throughput: it is not linear in one over the bandwidth, expected another objective");
  if (problem.allows_parallel)
    refuse(
        "with work in parallel: the latency is then not linear in one over the bandwidth, expected \"parallel\": "
        "false");
  for (const auto& constraint : problem.constraints) check_constraint(problem, constraint);
}

void check_range(const Problem& problem, const std::vector<std::size_t>& links, double low_mbps, double high_mbps) {
  if (!(low_mbps > 0) || !(low_mbps <= high_mbps) || !std::isfinite(high_mbps) || !std::isfinite(1 / low_mbps))
    throw Error(ErrorKind::InvalidInput, fmt::format("a plan map from {} to {} Mbit/s, expected two positive numbers, "
                                                     "the lower one first",
                                                     low_mbps, high_mbps));
  if (problem.links.empty()) throw Error(ErrorKind::InvalidInput, "a plan map of a problem without links");
  for (const std::size_t link : links) {
    if (link >= problem.links.size())
      throw Error(ErrorKind::InvalidInput,
                  fmt::format("a plan map of link {}, expected one below {}", link, problem.links.size()));
  }
}

// Cuts off the pieces beyond the deadline: a latency only grows with x.
void keep_deadline(std::vector<Piece>& pieces, double deadline_ms) {
  const auto keeps = [&](const Line& line, double x) { return line.at(x) <= deadline_ms + kIndistinct * deadline_ms; };
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    auto& [range, line] = pieces[i];
    if (keeps(line, range.to)) continue;
    const bool is_late = !keeps(line, range.from);
    if (!is_late) range.to = std::clamp((deadline_ms - line.fixed) / line.slope, range.from, range.to);
    pieces.resize(is_late ? i : i + 1);
    return;
  }
}

double deadline_of(const Problem& problem) {
  double deadline_ms = kUnlimited;
  for (const auto& constraint : problem.constraints) {
    if (is_deadline(constraint)) deadline_ms = std::min(deadline_ms, constraint.limit);
  }
  return deadline_ms;
}

std::vector<Piece> fastest(const Problem& problem, const std::vector<std::size_t>& links, const Range& range,
                           const SolveOptions& options) {
  const Problem free = without_deadline(problem);
  auto pieces = lower_envelope(free, links, range, options);
  keep_deadline(pieces, deadline_of(problem));
  return pieces;
}

// Indices of the policies of each accuracy, the highest first.
std::vector<std::vector<std::size_t>> classes_by_accuracy(const Problem& problem) {
  std::set<double, std::greater<>> accuracies;
  for (const auto& policy : problem.policies) accuracies.insert(policy.accuracy);
  std::vector<std::vector<std::size_t>> classes;
  for (const double accuracy : accuracies) {
    auto& members = classes.emplace_back();
    for (std::size_t policy = 0; policy < problem.policies.size(); ++policy) {
      if (problem.policies[policy].accuracy == accuracy) members.push_back(policy);
    }
  }
  return classes;
}

std::vector<Piece> fastest_of_class(const Problem& problem, const std::vector<std::size_t>& policies,
                                    const std::vector<std::size_t>& links, const Range& range,
                                    const SolveOptions& options) {
  Problem with_class = problem;
  with_class.policies.clear();
  for (const std::size_t policy : policies) with_class.policies.push_back(problem.policies[policy]);
  // A class without a plan at the best bandwidth has none anywhere.
  if (fastest(with_class, links, {range.from, range.from}, options).empty()) return {};
  auto pieces = fastest(with_class, links, range, options);
  for (auto& piece : pieces) piece.line.decision.policy = policies[piece.line.decision.policy];
  return pieces;
}

Problem at_least_as_accurate(const Problem& problem, const Plan& plan) {
  Constraint accuracy;
  accuracy.text = fmt::format("accuracy >= {}%", plan.accuracy);
  accuracy.metric = Metric::Error;
  accuracy.limit = 100 - plan.accuracy;
  return with_constraint(problem, std::move(accuracy));
}

// With lossy codecs, the accuracy within reach changes with the bandwidth. Each step takes the most accurate plan at
// one bandwidth, follows plans of at least its accuracy as far as they keep the deadline, and starts again just beyond.
std::vector<Piece> most_accurate_with_codecs(const Problem& problem, const std::vector<std::size_t>& links,
                                             const Range& range, const SolveOptions& options) {
  const Scale scale(problem, links);
  std::vector<Piece> pieces;
  double step = kIndistinct;
  for (double from = range.from; from <= range.to; from *= 1 + step) {
    const auto best = best_plan(scale.at(1 / from), options);
    if (!best) break;
    const auto more = fastest(at_least_as_accurate(problem, *best), links, {from, range.to}, options);
    step = more.empty() || more.back().range.to <= from * (1 + step) ? 2 * step : kIndistinct;
    if (more.empty()) continue;
    pieces.insert(pieces.end(), more.begin(), more.end());
    from = std::max(from, more.back().range.to);
    if (from >= range.to) break;
  }
  return pieces;
}

// The most accurate policies as far as they keep the deadline, then the next most accurate.
std::vector<Piece> most_accurate(const Problem& problem, const std::vector<std::size_t>& links, const Range& range,
                                 const SolveOptions& options) {
  if (std::ranges::any_of(problem.tensors, is_lossy)) return most_accurate_with_codecs(problem, links, range, options);
  if (problem.policies.empty()) return fastest(problem, links, range, options);
  std::vector<Piece> pieces;
  double from = range.from;
  for (const auto& policies : classes_by_accuracy(problem)) {
    const auto more = fastest_of_class(problem, policies, links, {from, range.to}, options);
    if (more.empty()) continue;
    pieces.insert(pieces.end(), more.begin(), more.end());
    from = more.back().range.to;
    if (from >= range.to) break;
  }
  return pieces;
}

std::vector<Piece> find_pieces(const Problem& problem, const std::vector<std::size_t>& links, const Range& range,
                               const SolveOptions& options) {
  switch (problem.objective.kind) {
    case ObjectiveKind::Latency:
      return fastest(problem, links, range, options);
    case ObjectiveKind::Accuracy:
      return most_accurate(problem, links, range, options);
    default:
      return lower_envelope(problem, links, range, options);
  }
}

// Segments from the lowest bandwidth on, of pieces in the opposite order.
class Segments {
 public:
  Segments(double low_mbps, double high_mbps) : low_mbps_(low_mbps), high_mbps_(high_mbps) {}

  std::vector<MapSegment> make(const std::vector<Piece>& pieces, const Scale& scale) && {
    for (const auto& piece : pieces) {
      if (!is_rounding(piece.range)) add(piece.range.to, &piece.line.decision);
    }
    if (pieces.empty() || pieces.back().range.to < (1 - kShortest) / low_mbps_) add(1 / low_mbps_, nullptr);
    segments_.back().low_mbps = low_mbps_;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      if (decisions_[i] == nullptr) continue;
      segments_[i].plan = price(scale.at(middle_of(segments_[i])), *decisions_[i]);
    }
    std::ranges::reverse(segments_);
    return std::move(segments_);
  }

 private:
  // From where the segment before ends.
  void add(double to, const Decision* decision) {
    const double high_mbps = segments_.empty() ? high_mbps_ : segments_.back().low_mbps;
    const double low_mbps = std::clamp(1 / to, low_mbps_, high_mbps);
    if (decision != nullptr && !decisions_.empty() && *decision == *decisions_.back()) {
      segments_.back().low_mbps = low_mbps;
    } else {
      segments_.push_back({low_mbps, high_mbps, std::nullopt});
      decisions_.push_back(decision);
    }
  }

  static double middle_of(const MapSegment& segment) {
    return std::clamp(std::sqrt(segment.low_mbps) * std::sqrt(segment.high_mbps), segment.low_mbps, segment.high_mbps);
  }

  bool is_rounding(const Range& range) const {
    return low_mbps_ < high_mbps_ && range.to - range.from <= kShortest * range.to;
  }

  const double low_mbps_, high_mbps_;
  std::vector<MapSegment> segments_;  // from the highest bandwidth on
  std::vector<const Decision*> decisions_;
};

}  // namespace

std::vector<MapSegment> plan_map(const Problem& problem, const std::vector<std::size_t>& links, double low_mbps,
                                 double high_mbps, const SolveOptions& options) {
  check_support(problem);
  check_range(problem, links, low_mbps, high_mbps);
  const auto pieces = find_pieces(problem, links, {1 / high_mbps, 1 / low_mbps}, options);
  return Segments(low_mbps, high_mbps).make(pieces, Scale(problem, links));
}

}  // namespace tandem::plan
