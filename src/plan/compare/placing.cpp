#include "plan/compare/placing.h"

#include <algorithm>

#include "plan/judge/structure.h"

namespace tandem::plan {
namespace {

// The last position that reads the tensor, and where it is made; equal: it crosses nothing.
struct Span {
  std::size_t from = 0;
  std::size_t to = 0;
};

std::optional<Span> span_of(const Tensor& tensor, const std::vector<std::size_t>& position) {
  Span span;
  if (tensor.producer != kNone) {
    if (position[tensor.producer] == kNone) return Span{};
    span.from = span.to = position[tensor.producer];
  }
  for (const std::size_t consumer : tensor.consumers) {
    if (position[consumer] == kNone) continue;
    if (position[consumer] < span.from) return std::nullopt;
    span.to = std::max(span.to, position[consumer]);
  }
  return span;
}

bool add_crossings(const Problem& problem, Decision& decision, const PickEncoding& pick) {
  for (std::size_t tensor = 0; tensor < problem.tensors.size(); ++tensor) {
    const auto span = span_of(problem.tensors[tensor], decision.position);
    if (!span) return false;
    if (span->from == span->to) continue;
    const std::size_t encoding = pick(problem.tensors[tensor]);
    if (encoding == kNone) return false;
    for (std::size_t hop = span->from; hop < span->to; ++hop) decision.crossings.push_back({hop, tensor, encoding});
  }
  std::ranges::sort(decision.crossings);
  return true;
}

bool is_route_valid(const Problem& problem, const Decision& decision) {
  for (std::size_t stage = 1; stage < decision.route.size(); ++stage) {
    if (find_link(problem, decision.route[stage - 1], decision.route[stage]) == kNone) return false;
    const bool is_relay = std::ranges::find(decision.position, stage) == decision.position.end();
    if (is_relay && !problem.allows_relays) return false;
  }
  return true;
}

// A time may be infinite where a target cannot run a block, or lacks a codec.
bool are_times_finite(const Problem& problem, const Decision& decision) {
  for (std::size_t block = 0; block < decision.position.size(); ++block) {
    const std::size_t target = decision.target_of(block);
    if (target != kNone && problem.targets[target].block_ms[block] == kUnlimited) return false;
  }
  const auto is_finite = [](const std::vector<double>& times, std::size_t target) {
    return times.empty() || times[target] < kUnlimited;
  };
  return std::ranges::all_of(decision.crossings, [&](const Crossing& crossing) {
    const Encoding& encoding = problem.tensors[crossing.tensor].encodings[crossing.encoding];
    return is_finite(encoding.encode_ms, decision.route[crossing.hop]) &&
           is_finite(encoding.decode_ms, decision.route[crossing.hop + 1]);
  });
}

// No block of an earlier phase runs behind one of a later phase.
bool are_phases_in_order(const std::vector<std::size_t>& phases, const std::vector<std::size_t>& position) {
  std::vector<std::size_t> furthest;  // by phase
  for (std::size_t block = 0; block < phases.size(); ++block) {
    if (phases[block] == kNone) continue;
    furthest.resize(std::max(furthest.size(), phases[block] + 1), 0);
    furthest[phases[block]] = std::max(furthest[phases[block]], position[block]);
  }
  for (std::size_t phase = 1; phase < furthest.size(); ++phase)
    furthest[phase] = std::max(furthest[phase], furthest[phase - 1]);
  for (std::size_t block = 0; block < phases.size(); ++block) {
    if (phases[block] != kNone && phases[block] > 0 && position[block] < furthest[phases[block] - 1]) return false;
  }
  return true;
}

// The first block at or after `from` is no reader of a tensor once its last reader ran: by cut, whether it crosses.
void add_over_cuts(const Tensor& tensor, const std::vector<std::size_t>& phases, std::vector<double>& bytes,
                   std::vector<double>& unsendable) {
  if (tensor.producer != kNone && phases[tensor.producer] == kNone) return;
  const std::size_t first = tensor.producer == kNone ? 0 : tensor.producer + 1;
  std::size_t last = 0;  // the last cut before which a reader is missing
  bool is_read = false;
  for (const std::size_t consumer : tensor.consumers) {
    if (phases[consumer] == kNone) continue;
    is_read = true;
    last = std::max(last, consumer);
  }
  if (!is_read || last < first) return;
  const std::size_t encoding = plain_encoding(tensor);
  auto& sums = encoding == kNone ? unsendable : bytes;
  const double amount = encoding == kNone ? 1 : tensor.encodings[encoding].bytes;
  sums[first] += amount;
  sums[last + 1] -= amount;
}

}  // namespace

std::size_t plain_encoding(const Tensor& tensor) {
  if (tensor.encodings.empty()) return kNone;
  const auto raw = std::ranges::find(tensor.encodings, kRaw, &Encoding::codec);
  return raw == tensor.encodings.end() ? 0 : static_cast<std::size_t>(raw - tensor.encodings.begin());
}

std::optional<std::size_t> whole_policy(const Problem& problem) {
  if (problem.policies.empty()) return 0;
  for (std::size_t policy = 0; policy < problem.policies.size(); ++policy) {
    const auto& exits = problem.policies[policy].exits;
    if (exits.size() == 1 && exits[0].exit + 1 == problem.exits.size()) return policy;
  }
  return std::nullopt;
}

std::optional<Decision> placed(const Problem& problem, std::size_t policy, std::vector<std::size_t> route,
                               std::vector<std::size_t> position, const PickEncoding& pick) {
  const auto phases = phases_of(problem, policy);
  std::size_t last = 0;
  for (std::size_t block = 0; block < phases.size(); ++block) {
    if (phases[block] == kNone) position[block] = kNone;
    if (position[block] != kNone) last = std::max(last, position[block]);
  }
  route.resize(last + 1);
  Decision decision{policy, std::move(route), std::move(position), {}};
  if (!is_route_valid(problem, decision) || !are_phases_in_order(phases, decision.position) ||
      !add_crossings(problem, decision, pick) || !are_times_finite(problem, decision))
    return std::nullopt;
  return decision;
}

std::vector<std::size_t> remotes(const Problem& problem) {
  std::vector<std::size_t> targets;
  for (const auto& link : problem.links) {
    if (link.from == 0) targets.push_back(link.to);
  }
  return targets;
}

std::optional<Decision> cut_at(const Problem& problem, std::size_t policy, std::size_t remote, std::size_t cut,
                               const PickEncoding& pick) {
  std::vector<std::size_t> position(problem.blocks.size(), 1);
  std::fill_n(position.begin(), cut, 0);
  return placed(problem, policy, {0, remote}, std::move(position), pick);
}

CutCosts cut_costs(const Problem& problem, std::size_t policy, std::size_t remote) {
  const auto phases = phases_of(problem, policy);
  const std::size_t blocks = problem.blocks.size();
  CutCosts costs{std::vector<double>(blocks + 1, 0), std::vector<double>(blocks + 1, 0), {}};
  const auto time = [&](std::size_t target, std::size_t block) {
    return phases[block] == kNone ? 0 : problem.targets[target].block_ms[block] * problem.targets[target].load;
  };
  for (std::size_t i = 0; i < blocks; ++i) costs.device_ms[i + 1] = costs.device_ms[i] + time(0, i);
  for (std::size_t i = blocks; i-- > 0;) costs.remote_ms[i] = costs.remote_ms[i + 1] + time(remote, i);
  std::vector<double> bytes(blocks + 2, 0);  // as changes from cut to cut
  std::vector<double> unsendable(blocks + 2, 0);
  for (const auto& tensor : problem.tensors) add_over_cuts(tensor, phases, bytes, unsendable);
  const double mbps = problem.links[find_link(problem, 0, remote)].upload_mbps;
  double crossing = 0;
  double stuck = 0;
  for (std::size_t cut = 0; cut <= blocks; ++cut) {
    crossing += bytes[cut];
    stuck += unsendable[cut];
    costs.upload_ms.push_back(stuck > 0 ? kUnlimited : transmission_ms(std::max(0.0, crossing), mbps));
  }
  return costs;
}

}  // namespace tandem::plan
