#include "plan/compare/surgery.h"

#include <algorithm>
#include <cmath>

#include "plan/compare/placing.h"
#include "plan/judge/structure.h"

namespace tandem::plan {
namespace {

constexpr std::size_t kDevice = 0;
constexpr std::size_t kOther = 1;
constexpr double kWholeCut = 1e12;  // the sum of all costs, as whole numbers

}  // namespace

Surgery::Surgery(const Problem& problem, std::size_t policy, std::size_t remote)
    : problem_(problem),
      remote_(remote),
      phases_(phases_of(problem, policy)),
      mbps_(problem.links[find_link(problem, 0, remote)].upload_mbps) {}

std::vector<std::size_t> Surgery::cut(const SurgeryWeights& weights) const {
  FlowNetwork network;
  for (std::size_t block = 0; block < phases_.size(); ++block) network.add_vertex();
  const double scale = kWholeCut / std::max(1e-300, total(weights));
  const auto whole = [&](double cost) {
    return cost == kUnlimited ? FlowNetwork::kInfinite : static_cast<FlowNetwork::Capacity>(std::llround(cost * scale));
  };
  for (std::size_t block = 0; block < phases_.size(); ++block) {
    network.add_cost_on_source_side(block, whole(weights.device * time_ms(0, block)));
    network.add_cost_on_sink_side(block, whole(weights.other * time_ms(remote_, block)));
  }
  for (const auto& tensor : problem_.tensors)
    add_tensor(network, tensor, whole(weights.transfer * transfer_ms(tensor)));
  network.solve();
  std::vector<std::size_t> side;
  for (std::size_t block = 0; block < phases_.size(); ++block)
    side.push_back(network.is_on_sink_side(block) ? kOther : kDevice);
  return side;
}

bool Surgery::repair(std::vector<std::size_t>& side) const {
  bool has_moved = false;
  for (bool is_stable = false; !is_stable;) {
    is_stable = true;
    for (const auto& tensor : problem_.tensors) {
      if (tensor.producer == kNone || !runs(tensor.producer) || side[tensor.producer] == kDevice) continue;
      for (const std::size_t reader : tensor.consumers) {
        if (!runs(reader) || side[reader] == kOther) continue;
        side[reader] = kOther;
        is_stable = false;
        has_moved = true;
      }
    }
  }
  return has_moved;
}

std::array<double, 3> Surgery::times(const std::vector<std::size_t>& side) const {
  std::array<double, 3> sums{};
  for (std::size_t block = 0; block < phases_.size(); ++block)
    sums[side[block] == kDevice ? 0 : 2] += time_ms(side[block] == kDevice ? 0 : remote_, block);
  for (const auto& tensor : problem_.tensors) {
    const bool is_here = tensor.producer == kNone || (runs(tensor.producer) && side[tensor.producer] == kDevice);
    const auto is_there = [&](std::size_t reader) { return runs(reader) && side[reader] == kOther; };
    if (is_here && std::ranges::any_of(tensor.consumers, is_there)) sums[1] += transfer_ms(tensor);
  }
  return sums;
}

double Surgery::time_ms(std::size_t target, std::size_t block) const {
  return runs(block) ? problem_.targets[target].block_ms[block] * problem_.targets[target].load : 0;
}

double Surgery::transfer_ms(const Tensor& tensor) const {
  const std::size_t encoding = plain_encoding(tensor);
  return encoding == kNone ? kUnlimited : transmission_ms(tensor.encodings[encoding].bytes, mbps_);
}

double Surgery::total(const SurgeryWeights& weights) const {
  double sum = 0;
  const auto add = [&](double cost) { sum += cost < kUnlimited ? cost : 0; };
  for (std::size_t block = 0; block < phases_.size(); ++block) {
    add(weights.device * time_ms(0, block));
    add(weights.other * time_ms(remote_, block));
  }
  for (const auto& tensor : problem_.tensors) add(weights.transfer * transfer_ms(tensor));
  return sum;
}

void Surgery::add_tensor(FlowNetwork& network, const Tensor& tensor, FlowNetwork::Capacity cost) const {
  const bool is_made = tensor.producer == kNone || runs(tensor.producer);
  if (!is_made || std::ranges::none_of(tensor.consumers, [&](std::size_t reader) { return runs(reader); })) return;
  const std::size_t sent = network.add_vertex();
  tensor.producer == kNone ? network.add_cost_on_sink_side(sent, cost) : network.add_arc(tensor.producer, sent, cost);
  for (const std::size_t reader : tensor.consumers) {
    if (runs(reader)) network.add_arc(sent, reader, FlowNetwork::kInfinite);
  }
}

}  // namespace tandem::plan
