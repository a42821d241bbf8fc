// probe_link: measures a link by small and large exchanges on a warm stream.
#include <algorithm>
#include <span>
#include <thread>
#include <vector>

#include "base/statistics.h"
#include "rpc/peer.h"

namespace tandem::rpc {
namespace {

constexpr std::size_t kFirstBytes = 16 << 10;
constexpr std::size_t kMostBytes = 32 << 20;
constexpr int kGlances = 3;
constexpr base::Milliseconds kIdle{5};  // before a round trip: both ends wait for requests, and wake up for them
constexpr int kLeastRoundTrips = 5;
constexpr base::Milliseconds kLongestForRoundTrips{400};
// A transfer counts once its time is this many round trips, and this many milliseconds: then jitter and a window that
// still grows no longer decide the result.
constexpr double kRoundTripsPerTransfer = 1.5;
constexpr double kLeastTransferMs = 20;
// Transfers are repeated until so many in a row differ by this share at most, for so long.
constexpr std::size_t kSteadyTransfers = 3;
constexpr double kSteadyShare = 0.03;
constexpr base::Milliseconds kLongestForTransfers{700};

double megabits(std::size_t bytes) {
  return static_cast<double>(bytes) * 8 / 1e6;
}

base::Result<double> transfer_ms(Peer& peer, std::size_t up, std::size_t down, double round_trip_ms,
                                 base::Deadline deadline) {
  const auto taken = peer.echo(up, down, deadline);
  if (!taken) return taken.error();
  return std::max(1e-3, taken.value().count() - round_trip_ms);
}

// Whether the last rates agree.
bool is_steady(const std::vector<double>& rates) {
  if (rates.size() < kSteadyTransfers) return false;
  const auto [least, most] = std::ranges::minmax(std::span(rates).last(kSteadyTransfers));
  return most - least <= kSteadyShare * most;
}

double median_of_last(const std::vector<double>& rates) {
  const std::size_t count = std::min(rates.size(), kSteadyTransfers);
  return base::median({rates.end() - static_cast<std::ptrdiff_t>(count), rates.end()});
}

// A size that takes `long_enough_ms` at the rate of the last transfer, which may have been far too low.
std::size_t larger(std::size_t bytes, double taken_ms, double long_enough_ms) {
  const double factor = std::clamp(long_enough_ms / taken_ms, 2.0, 8.0);
  return std::min(kMostBytes, static_cast<std::size_t>(static_cast<double>(bytes) * factor));
}

// Sends more until a transfer is long enough, then again until the rate is steady: TCP begins slowly.
base::Result<double> bandwidth_mbps(Peer& peer, bool is_upload, double round_trip_ms, base::Deadline deadline) {
  const double long_enough_ms = std::max(kLeastTransferMs, kRoundTripsPerTransfer * round_trip_ms);
  const auto time_box = base::Deadline::after(kLongestForTransfers);
  std::size_t bytes = kFirstBytes;
  std::vector<double> rates;
  while (!is_steady(rates) && (rates.empty() || !time_box.has_passed())) {
    const auto taken = transfer_ms(peer, is_upload ? bytes : 0, is_upload ? 0 : bytes, round_trip_ms, deadline);
    if (!taken) return taken.error();
    if (taken.value() < long_enough_ms && bytes < kMostBytes) {
      bytes = larger(bytes, taken.value(), long_enough_ms);
      rates.clear();
    } else {
      rates.push_back(megabits(bytes) / (taken.value() / 1e3));
    }
  }
  return median_of_last(rates);
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
  const auto time_box = base::Deadline::after(kLongestForRoundTrips);
  // The first exchange connects and opens the stream, and is not counted.
  for (int i = -1; i < round_trips && (i < kLeastRoundTrips || !time_box.has_passed()); ++i) {
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
