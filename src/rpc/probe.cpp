// probe_link: measures a link by small and large exchanges on a warm stream.
#include <algorithm>
#include <thread>

#include "base/statistics.h"
#include "rpc/peer.h"

namespace tandem::rpc {
namespace {

constexpr std::size_t kFirstBytes = 16 << 10;
constexpr std::size_t kMostBytes = 32 << 20;
constexpr int kTransfers = 3;
constexpr int kGlances = 3;
constexpr base::Milliseconds kIdle{5};  // before a round trip: both ends wait for requests, and wake up for them
// A transfer is long enough when its time is this many round trips, and this many milliseconds: then jitter and the
// slow start of TCP no longer decide the result.
constexpr double kRoundTripsPerTransfer = 5;
constexpr double kLeastTransferMs = 20;

double megabits(std::size_t bytes) {
  return static_cast<double>(bytes) * 8 / 1e6;
}

base::Result<double> transfer_ms(Peer& peer, std::size_t up, std::size_t down, double round_trip_ms,
                                 base::Deadline deadline) {
  const auto taken = peer.echo(up, down, deadline);
  if (!taken) return taken.error();
  return std::max(1e-3, taken.value().count() - round_trip_ms);
}

// Doubles the size until the time is well above the round trip, then takes the median of a few.
base::Result<double> bandwidth_mbps(Peer& peer, bool is_upload, double round_trip_ms, base::Deadline deadline) {
  const double long_enough_ms = std::max(kLeastTransferMs, kRoundTripsPerTransfer * round_trip_ms);
  std::size_t bytes = kFirstBytes;
  const auto transfer = [&] {
    return transfer_ms(peer, is_upload ? bytes : 0, is_upload ? 0 : bytes, round_trip_ms, deadline);
  };
  while (true) {
    const auto taken = transfer();
    if (!taken) return taken.error();
    if (taken.value() >= long_enough_ms || bytes >= kMostBytes) break;
    bytes *= 2;
  }
  std::vector<double> rates;
  for (int i = 0; i < kTransfers; ++i) {
    const auto taken = transfer();
    if (!taken) return taken.error();
    rates.push_back(megabits(bytes) / (taken.value() / 1e3));
  }
  return base::median(rates);
}

}  // namespace

base::Result<LinkReport> glance_at_link(Peer& peer, std::size_t upload_bytes, base::Deadline deadline) {
  LinkReport report;
  for (int i = 0; i < kGlances; ++i) {
    const auto round_trip = peer.echo(0, 0, deadline);
    if (!round_trip) return round_trip.error();
    report.round_trips_ms.push_back(round_trip.value().count());
  }
  report.round_trip_ms = *std::ranges::min_element(report.round_trips_ms);  // delays do not belong to the link
  const auto taken = transfer_ms(peer, upload_bytes, 0, report.round_trip_ms, deadline);
  if (!taken) return taken.error();
  report.upload_mbps = megabits(upload_bytes) / (taken.value() / 1e3);
  return report;
}

base::Result<LinkReport> probe_link(Peer& peer, base::Deadline deadline, int round_trips) {
  LinkReport report;
  // The first exchange connects and opens the stream, and is not counted.
  for (int i = -1; i < round_trips; ++i) {
    std::this_thread::sleep_for(kIdle);
    const auto taken = peer.echo(0, 0, deadline);
    if (!taken) return taken.error();
    if (i >= 0) report.round_trips_ms.push_back(taken.value().count());
  }
  report.round_trip_ms = base::median(report.round_trips_ms);
  const auto upload = bandwidth_mbps(peer, true, report.round_trip_ms, deadline);
  if (!upload) return upload.error();
  const auto download = bandwidth_mbps(peer, false, report.round_trip_ms, deadline);
  if (!download) return download.error();
  report.upload_mbps = upload.value();
  report.download_mbps = download.value();
  return report;
}

}  // namespace tandem::rpc
