// Ranks a model's answers by depth: heads of early exits come before the network's own answer. The order of layers
// (order.h) follows it, and the order of exits follows that of layers. Pure. Private to model/.
#pragma once

#include <cstddef>
#include <vector>

namespace tandem::model {

// A layer as it is ranked and ordered.
struct OrderedLayer {
  std::vector<std::size_t> reads;  // tensor numbers
  std::vector<std::size_t> writes;
  double work = 0;  // multiply-accumulates; 0 where they are unknown
};

// By layer, the rank of the deepest answer that depends on it; 0 is the shallowest, and for layers that none needs.
// `layers` are in a topological order, `answers` are tensor numbers in any order.
//
// An answer is as deep as the number of layers that it shares with others: the place where it leaves the trunk. Where
// several leave it at the same place, the one with the most work is the deepest: an exit costs less than the network's
// own answer, even where its head has more layers than are left of the trunk. Then the number of layers that an answer
// depends on decides, then the given order.
std::vector<std::size_t> deepest_answers(const std::vector<OrderedLayer>& layers,
                                         const std::vector<std::size_t>& answers);

}  // namespace tandem::model
