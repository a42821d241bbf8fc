#include "plan/ask/verified.h"

namespace tandem::plan {

std::vector<std::size_t> order_verified(const std::vector<double>& latency_ms) {
  std::vector<std::size_t> order;
  for (std::size_t plan = 0; plan < latency_ms.size(); ++plan) {
    auto place = order.end();
    while (place != order.begin() && latency_ms[plan] < (1 - kLeastGain) * latency_ms[*(place - 1)]) --place;
    order.insert(place, plan);
  }
  return order;
}

}  // namespace tandem::plan
