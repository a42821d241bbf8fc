// Learns the bandwidths and round trips of links from the requests that cross them. Private to workspace/. Not
// synchronised.
#pragma once

#include <utility>
#include <vector>

#include "cost/costs.h"
#include "fleet/fleet.h"
#include "rpc/messages.h"
#include "store/store.h"

namespace tandem::workspace {

class TransferWatch {
 public:
  // `store` must outlive this. Links without a probe are not watched.
  TransferWatch(const fleet::Fleet& fleet, store::Store& store);
  ~TransferWatch();  // stores the changed links; a failure is a warning
  TransferWatch(const TransferWatch&) = delete;
  TransferWatch& operator=(const TransferWatch&) = delete;

  void see(const std::vector<rpc::HopReport>& hops);  // of a request, in route order

 private:
  void see(const rpc::HopReport& from, const rpc::HopReport& to);

  struct WatchedLink {
    cost::LinkCosts costs;
    bool has_changed = false;
  };
  store::Store& store_;
  std::vector<WatchedLink> links_;
};

}  // namespace tandem::workspace
