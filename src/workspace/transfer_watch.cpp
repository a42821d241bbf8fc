#include "workspace/transfer_watch.h"

#include "base/error.h"
#include "base/log.h"
#include "base/unix_time.h"
#include "cost/transfers.h"

namespace tandem::workspace {

TransferWatch::TransferWatch(const fleet::Fleet& fleet, store::Store& store) : store_(store) {
  for (const auto& link : fleet.links) {
    if (auto known = store_.link_costs(fleet.targets[link.from].name, fleet.targets[link.to].name))
      links_.push_back({std::move(*known)});
  }
}

TransferWatch::~TransferWatch() {
  try {
    for (const auto& link : links_) {
      if (link.has_changed) store_.put(link.costs);
    }
  } catch (const base::Error& error) {
    base::log(base::LogLevel::Warning, "{}", error.message());
  }
}

void TransferWatch::see(const std::vector<rpc::HopReport>& hops) {
  for (std::size_t i = 0; i + 1 < hops.size(); ++i) see(hops[i], hops[i + 1]);
}

void TransferWatch::see(const rpc::HopReport& from, const rpc::HopReport& to) {
  // The share of encoding and decoding that overlaps with sending is unknown.
  if (from.encode_ms > 0 || to.decode_ms > 0) return;
  const double took_ms = from.exchange_ms - to.compute_ms - to.exchange_ms;
  for (auto& link : links_) {
    if (link.costs.from != from.target || link.costs.to != to.target) continue;
    link.has_changed |= cost::learn(link.costs, static_cast<double>(from.sent_bytes), took_ms, base::unix_time_s());
  }
}

}  // namespace tandem::workspace
