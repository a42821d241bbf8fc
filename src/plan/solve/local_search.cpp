#include "plan/solve/local_search.h"

namespace tandem::plan {

std::vector<Decision> improved(const Query&, const std::vector<Decision>&) {
  return {};
}

}  // namespace tandem::plan
