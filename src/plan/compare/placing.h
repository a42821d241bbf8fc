// Decisions from the place of each block, and cuts of the order of blocks between two targets: for the methods. Private
// to plan/compare/.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "plan/problem/plan.h"
#include "plan/problem/problem.h"

namespace tandem::plan {

// The encoding that a method sends a tensor by; kNone: it cannot be sent.
using PickEncoding = std::function<std::size_t(const Tensor& tensor)>;
// "raw", else the first.
std::size_t plain_encoding(const Tensor& tensor);

// The policy whose only exit is the network's last; 0 without policies. Nothing: there is none.
std::optional<std::size_t> whole_policy(const Problem& problem);

// The decision with these positions along the route (any value for blocks that the policy does not run); what follows
// the last stage that runs something is dropped. Nothing where the problem does not allow it: a missing link, an empty
// stage without relays, a tensor that cannot be sent or would flow back, an exit after a block of a later one.
std::optional<Decision> placed(const Problem& problem, std::size_t policy, std::vector<std::size_t> route,
                               std::vector<std::size_t> position, const PickEncoding& pick);

// Targets with a link from the first one.
std::vector<std::size_t> remotes(const Problem& problem);
// The blocks [0, cut) in the problem's order on the first target, the others on `remote`.
std::optional<Decision> cut_at(const Problem& problem, std::size_t policy, std::size_t remote, std::size_t cut,
                               const PickEncoding& pick);

// A policy's costs at the cuts 0 to the number of blocks, as the methods count them.
struct CutCosts {
  std::vector<double> device_ms;  // of the blocks before the cut, on the first target
  std::vector<double> remote_ms;  // of those after it, on the remote
  std::vector<double> upload_ms;  // raw bytes over the bandwidth, no round trip; kUnlimited: they cannot be sent
};
CutCosts cut_costs(const Problem& problem, std::size_t policy, std::size_t remote);

}  // namespace tandem::plan
