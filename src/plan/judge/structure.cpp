#include "plan/judge/structure.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"

namespace tandem::plan {
namespace {

// Gives each block the earliest phase among its own and those of the blocks that depend on it.
void spread_to_producers(const Problem& problem, std::vector<std::size_t>& phases) {
  // Readers come after producers, so the last producers are settled first. (kNone + 1 is 0.)
  std::vector<std::size_t> order(problem.tensors.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::sort(order, std::ranges::greater{},
                    [&](std::size_t tensor) { return problem.tensors[tensor].producer + 1; });
  for (const std::size_t index : order) {
    const Tensor& tensor = problem.tensors[index];
    if (tensor.producer == kNone) break;
    for (const std::size_t consumer : tensor.consumers)
      phases[tensor.producer] = std::min(phases[tensor.producer], phases[consumer]);
  }
}

}  // namespace

std::size_t find_link(const Problem& problem, std::size_t from, std::size_t to) {
  for (std::size_t link = 0; link < problem.links.size(); ++link) {
    if (problem.links[link].from == from && problem.links[link].to == to) return link;
  }
  return kNone;
}

double transmission_ms(double bytes, double mbps) {
  return bytes * 8 / (mbps * 1000);
}

double codec_ms(const Problem& problem, const std::vector<double>& times, std::size_t target) {
  return times.empty() ? 0 : times[target] * problem.targets[target].load;
}

bool has_codec(const Encoding& how, std::size_t from, std::size_t to) {
  return (how.encode_ms.empty() || how.encode_ms[from] != kCannotRun) &&
         (how.decode_ms.empty() || how.decode_ms[to] != kCannotRun);
}

void fail_to_fit(const std::string& why) {
  throw base::Error(base::ErrorKind::Internal, "a decision does not fit its problem: " + why);
}

std::vector<std::size_t> phases_of(const Problem& problem, std::size_t policy) {
  if (problem.policies.empty()) return std::vector<std::size_t>(problem.blocks.size(), 0);
  std::vector<std::size_t> phases(problem.blocks.size(), kNone);
  const auto& exits = problem.policies[policy].exits;
  for (std::size_t phase = exits.size(); phase-- > 0;) phases[problem.exits[exits[phase].exit].block] = phase;
  spread_to_producers(problem, phases);
  return phases;
}

std::vector<bool> private_tensors(const Problem& problem, const std::vector<std::size_t>& blocks) {
  std::vector<std::size_t> phases(problem.blocks.size(), kNone);
  for (const std::size_t block : blocks) phases[block] = 0;
  spread_to_producers(problem, phases);
  std::vector<bool> is_before(problem.blocks.size(), false);
  for (const auto& tensor : problem.tensors) {
    const bool leads_there = std::ranges::any_of(tensor.consumers, [&](std::size_t at) { return phases[at] == 0; });
    if (tensor.producer != kNone && leads_there) is_before[tensor.producer] = true;
  }
  std::vector<bool> guarded;
  for (const auto& tensor : problem.tensors) guarded.push_back(tensor.producer == kNone || is_before[tensor.producer]);
  return guarded;
}

}  // namespace tandem::plan
