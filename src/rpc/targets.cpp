#include "rpc/targets.h"

#include <cassert>
#include <utility>

namespace tandem::rpc {

Targets::Targets(fleet::Fleet fleet, std::vector<std::unique_ptr<Access>> accesses)
    : fleet_(std::move(fleet)), accesses_(std::move(accesses)) {
  assert(accesses_.size() == fleet_.targets.size());
}

}  // namespace tandem::rpc
