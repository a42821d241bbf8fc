#include "plan/ask/native_plans.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "plan/ask/variant.h"
#include "plan/judge/price.h"
#include "plan/judge/structure.h"
#include "plan/problem/accuracy.h"

namespace tandem::plan {
namespace {

// A way of a request's inputs to a target.
struct Way {
  double latency_ms = kUnlimited;
  std::vector<std::size_t> route;
  std::vector<Crossing> crossings;
};

double sending_ms(const Problem& problem, const Link& link, const Encoding& encoding) {
  return transmission_ms(encoding.bytes, link.upload_mbps) + codec_ms(problem, encoding.encode_ms, link.from) +
         codec_ms(problem, encoding.decode_ms, link.to);
}

// The accuracy that an input may lose on its way: none where accuracy is the objective.
double allowed_loss(const Problem& problem) {
  if (problem.objective.kind == ObjectiveKind::Accuracy) return 0;
  double allowed = kUnlimited;
  for (const auto& constraint : problem.constraints) {
    if (constraint.kind == ConstraintKind::AtMost && constraint.metric == Metric::Error)
      allowed = std::min(allowed, constraint.limit - (100 - reference_accuracy(problem)));
  }
  return allowed;
}

// The most that an encoding of the tensor may lose. The encoding that loses least is always allowed.
double allowed_loss(const Tensor& tensor, double allowed) {
  double least = kUnlimited;
  for (const auto& encoding : tensor.encodings) least = std::min(least, encoding.accuracy_loss);
  return std::max(least, allowed + kIndistinct);
}

// `way` extended by this link, with the quickest encoding of each input that the accuracy allows.
Way extended(const Problem& problem, const Link& link, const std::vector<std::size_t>& inputs, Way way) {
  const std::size_t hop = way.route.size() - 1;
  way.latency_ms += link.round_trip_ms + transmission_ms(problem.header_bytes, link.upload_mbps) +
                    transmission_ms(problem.answer_bytes, link.download_mbps);
  double sent_bytes = 0;
  for (const std::size_t input : inputs) {
    double least_ms = kUnlimited;  // of a tensor that cannot be sent
    std::size_t quickest = 0;
    const auto& encodings = problem.tensors[input].encodings;
    const double most_lost = allowed_loss(problem.tensors[input], allowed_loss(problem));
    for (std::size_t encoding = 0; encoding < encodings.size(); ++encoding) {
      const double ms = sending_ms(problem, link, encodings[encoding]);
      if (ms >= least_ms || encodings[encoding].accuracy_loss > most_lost) continue;
      least_ms = ms;
      quickest = encoding;
    }
    way.latency_ms += least_ms;
    sent_bytes += encodings.empty() ? 0 : encodings[quickest].bytes;
    way.crossings.push_back({hop, input, quickest});
  }
  way.latency_ms += wait_ms(link, sent_bytes);
  way.route.push_back(link.to);
  return way;
}

std::vector<std::size_t> inputs_of(const Problem& problem, const std::vector<std::size_t>& phases) {
  std::vector<std::size_t> inputs;
  for (std::size_t tensor = 0; tensor < problem.tensors.size(); ++tensor) {
    const auto& consumers = problem.tensors[tensor].consumers;
    if (problem.tensors[tensor].producer == kNone &&
        std::ranges::any_of(consumers, [&](std::size_t block) { return phases[block] != kNone; }))
      inputs.push_back(tensor);
  }
  return inputs;
}

// By target, the way of least latency.
std::vector<Way> quickest_ways(const Problem& problem, const std::vector<std::size_t>& inputs) {
  std::vector<Link> links = problem.links;
  std::ranges::stable_sort(links, {}, &Link::from);
  std::vector<Way> ways(problem.targets.size());
  ways[0] = {0, {0}, {}};
  // Of the ways that may still lead on the quickest is final (Dijkstra 1959).
  std::set<std::pair<double, std::size_t>> open = {{0, 0}};
  while (!open.empty()) {
    const std::size_t from = open.extract(open.begin()).value().second;
    if (from != 0 && !problem.allows_relays) continue;
    for (const auto& link : std::ranges::equal_range(links, from, {}, &Link::from)) {
      Way way = extended(problem, link, inputs, ways[from]);
      if (way.latency_ms >= ways[link.to].latency_ms) continue;
      open.erase({ways[link.to].latency_ms, link.to});
      open.emplace(way.latency_ms, link.to);
      ways[link.to] = std::move(way);
    }
  }
  return ways;
}

bool can_run(const Problem& problem, const std::vector<std::size_t>& phases, std::size_t target) {
  for (std::size_t block = 0; block < phases.size(); ++block) {
    if (phases[block] != kNone && problem.targets[target].block_ms[block] == kCannotRun) return false;
  }
  return true;
}

// By target; nothing where it cannot be reached or cannot run the model.
std::vector<std::optional<Plan>> native_plans(const Problem& problem, std::size_t policy) {
  const std::vector<std::size_t> phases = phases_of(problem, policy);
  std::vector<std::optional<Plan>> plans;
  for (Way& way : quickest_ways(problem, inputs_of(problem, phases))) {
    plans.emplace_back();
    if (way.route.empty()) continue;
    const std::size_t last = way.route.size() - 1;
    if (!can_run(problem, phases, way.route.back())) continue;
    Decision decision{policy, std::move(way.route), {}, std::move(way.crossings)};
    for (const std::size_t phase : phases) decision.position.push_back(phase == kNone ? kNone : last);
    plans.back() = price(problem, decision);
  }
  return plans;
}

std::vector<std::size_t> most_accurate_policies(const Problem& problem) {
  if (problem.policies.empty()) return {0};
  const double most = std::ranges::max_element(problem.policies, {}, &Policy::accuracy)->accuracy;
  std::vector<std::size_t> best;
  for (std::size_t policy = 0; policy < problem.policies.size(); ++policy) {
    if (problem.policies[policy].accuracy == most) best.push_back(policy);
  }
  return best;
}

}  // namespace

std::vector<Plan> native_plans(const Problem& problem) {
  std::vector<std::optional<Plan>> best(problem.targets.size());
  for (const std::size_t policy : most_accurate_policies(problem)) {
    auto plans = native_plans(problem, policy);
    for (std::size_t target = 0; target < plans.size(); ++target) {
      if (!plans[target]) continue;
      if (!best[target] || plans[target]->latency_ms < best[target]->latency_ms)
        best[target] = std::move(plans[target]);
    }
  }
  std::vector<Plan> plans;
  for (auto& plan : best) {
    if (plan) plans.push_back(std::move(*plan));
  }
  return plans;
}

}  // namespace tandem::plan
