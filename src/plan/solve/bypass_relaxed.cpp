#include "plan/solve/bypass_relaxed.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "plan/solve/query.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kMostTargets = 8;  // whose routes are looked through; with more, λ is 0

// Links of a way from one target to another over at least one more.
using Detour = std::vector<std::size_t>;

void find_detours(const Problem& problem, std::size_t at, std::size_t to, std::vector<char>& visited, Detour& way,
                  const std::function<void(const Detour&)>& visit) {
  for (std::size_t link = 0; link < problem.links.size(); ++link) {
    const Link& each = problem.links[link];
    if (each.from != at || visited[each.to] != 0) continue;
    way.push_back(link);
    visited[each.to] = 1;
    if (each.to != to) find_detours(problem, each.to, to, visited, way, visit);
    if (each.to == to && way.size() > 1) visit(way);
    visited[each.to] = 0;
    way.pop_back();
  }
}

void for_each_detour(const Problem& problem, std::size_t direct, const std::function<void(const Detour&)>& visit) {
  const Link& link = problem.links[direct];
  std::vector<char> visited(problem.targets.size(), 0);
  visited[link.from] = 1;
  Detour way;
  find_detours(problem, link.from, link.to, visited, way, visit);
}

bool reaches(const Problem& problem, std::size_t from, std::size_t to, std::vector<char>& seen) {
  for (const auto& link : problem.links) {
    if (link.from != from || seen[link.to] != 0) continue;
    if (link.to == to) return true;
    seen[link.to] = 1;
    if (reaches(problem, link.to, to, seen)) return true;
  }
  return false;
}

Encoding scaled(Encoding encoding, double factor) {
  encoding.bytes *= factor;
  encoding.accuracy_loss *= factor;
  for (auto* times : {&encoding.encode_ms, &encoding.decode_ms}) {
    for (double& time : *times) time = time == kCannotRun ? 0 : time * factor;
  }
  return encoding;
}

class Relaxation {
 public:
  explicit Relaxation(const Problem& problem) : problem_(problem), relaxed_(problem) {
    relaxed_.allows_bypass = false;
    for (auto& link : relaxed_.links) {
      link.least_bytes = 0;
      link.most_bytes = kUnlimited;
    }
    std::erase_if(relaxed_.constraints, [](const Constraint& each) {
      return each.kind == ConstraintKind::AtMost && (each.is_share || each.metric == Metric::Period);
    });
    const std::size_t policies = std::max<std::size_t>(1, problem.policies.size());
    for (std::size_t policy = 0; policy < policies; ++policy) add_functionals(make_query(relaxed_, policy));
    may_scale_ = problem.objective.kind != ObjectiveKind::Throughput && problem.targets.size() <= kMostTargets;
  }

  Problem make() && {
    for (auto& tensor : relaxed_.tensors) relax(tensor);
    return std::move(relaxed_);
  }

 private:
  void add_functionals(const Query& query) {
    functionals_.push_back(query.objective);
    for (const auto& limit : query.limits) functionals_.push_back(limit.functional);
    has_exits_ = has_exits_ || query.scenario.phase_count() > 1;
  }

  void relax(Tensor& tensor) {
    double share = may_scale_ ? 1 : 0;
    for (std::size_t direct = 0; direct < problem_.links.size() && share > 0; ++direct) {
      for (const auto& encoding : tensor.encodings) {
        if (can_send(problem_, encoding, direct)) share = std::min(share, share_of(encoding, direct));
      }
    }
    if (share == 0 && tensor.encodings.size() > 1) tensor.encodings.resize(1);
    for (auto& encoding : tensor.encodings) encoding = scaled(std::move(encoding), share);
  }

  // The most that the hops of any detour may cost of their own costs.
  double share_of(const Encoding& encoding, std::size_t direct) const {
    Encoding least = encoding;
    least.encode_ms.clear();
    if (has_exits_) least.decode_ms.clear();
    const Encoding everywhere = scaled(encoding, 1);
    double share = 1;
    for_each_detour(problem_, direct, [&](const Detour& detour) {
      for (const auto& functional : functionals_) {
        for (const auto& [time, mean] : {std::pair(1.0, 0.0), std::pair(0.0, 1.0)}) {
          double sum = 0;
          for (const std::size_t link : detour) sum += functional.crossing(relaxed_, everywhere, link, time, mean);
          if (sum > 0) share = std::min(share, functional.crossing(relaxed_, least, direct, time, mean) / sum);
        }
      }
    });
    return share;
  }

  const Problem& problem_;
  Problem relaxed_;
  std::vector<Functional> functionals_;
  bool has_exits_ = false;
  bool may_scale_ = true;
};

}  // namespace

bool has_bypass(const Problem& problem) {
  return std::ranges::any_of(problem.links, [&](const Link& direct) {
    return std::ranges::any_of(problem.links, [&](const Link& first) {
      std::vector<char> seen(problem.targets.size(), 0);
      seen[direct.from] = seen[first.to] = 1;
      return first.from == direct.from && first.to != direct.to && reaches(problem, first.to, direct.to, seen);
    });
  });
}

Problem relaxed_without_bypass(const Problem& problem) {
  return Relaxation(problem).make();
}

}  // namespace tandem::plan
