#include "cost/costs.h"

namespace tandem::cost {

const char* name_of(Source source) {
  switch (source) {
    case Source::Probe:
      return "probe";
    case Source::Transfer:
      return "transfer";
    case Source::Given:
      return "given";
  }
  return "?";
}

double transfer_ms(double size_bytes, double bandwidth_mbps) {
  return size_bytes * 8 / (bandwidth_mbps * 1000);
}

}  // namespace tandem::cost
