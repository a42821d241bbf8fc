#include "cost/costs.h"

namespace tandem::cost {

double transfer_ms(double size_bytes, double bandwidth_mbps) {
  return size_bytes * 8 / (bandwidth_mbps * 1000);
}

}  // namespace tandem::cost
