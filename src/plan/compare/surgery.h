// The minimum cut between the device and another target, as DADS makes it (dads.cpp). Private to plan/compare/.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "plan/problem/problem.h"
#include "plan/solve/flow.h"

namespace tandem::plan {

// Of the three kinds of costs, in what the cut minimises.
struct SurgeryWeights {
  double device = 1;
  double transfer = 1;
  double other = 1;
};

class Surgery {
 public:
  // The problem must outlive this. `remote` has a link from the first target.
  Surgery(const Problem& problem, std::size_t policy, std::size_t remote);

  // By block: 0 on the device, 1 on the other target. Data may flow back.
  std::vector<std::size_t> cut(const SurgeryWeights& weights) const;
  // Moves blocks that read something from the other target there; whether there were any.
  bool repair(std::vector<std::size_t>& side) const;
  // In ms: of the device, the link and the other target.
  std::array<double, 3> times(const std::vector<std::size_t>& side) const;

 private:
  bool runs(std::size_t block) const { return phases_[block] != kNone; }
  double time_ms(std::size_t target, std::size_t block) const;
  double transfer_ms(const Tensor& tensor) const;  // kUnlimited: it cannot be sent
  double total(const SurgeryWeights& weights) const;
  void add_tensor(FlowNetwork& network, const Tensor& tensor, FlowNetwork::Capacity cost) const;

  const Problem& problem_;
  std::size_t remote_;
  std::vector<std::size_t> phases_;
  double mbps_;
};

}  // namespace tandem::plan
