#include "cost/transfer_model.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "cost/costs.h"

namespace tandem::cost {
namespace {

constexpr double kSegmentBytes = 1448;   // a packet of 1,500 bytes less the headers of IPv4 and TCP with time stamps
constexpr double kInitialSegments = 10;  // RFC 6928; no idle time makes the window smaller
constexpr double kLeastTimeoutMs = 200;  // Linux's tcp_rto_min, beyond the round trip
constexpr double kDelayedAckMs = 40;     // Linux's TCP_DELACK_MIN: of a single segment
constexpr double kMostWindow = 3;        // bandwidth-delay products that a window was seen to reach
constexpr int kTransfersUntilSteady = 8;
constexpr double kStartUpGain = 2.885;  // BBR: 2 ÷ ln 2
constexpr double kUnpacedSegments = 3;  // BBR's first burst
constexpr double kSizeRatio = 1.01;     // between the sizes that the staircase is made from
constexpr double kLargestProducts = 6;  // bandwidth-delay products: larger transfers gain no step
constexpr std::size_t kMostSteps = 32;

bool can_wait(const TransferPath& path) {
  return path.bandwidth_mbps > 0 && path.round_trip_ms > 0 && std::isfinite(path.bandwidth_mbps) &&
         std::isfinite(path.round_trip_ms) && !path.congestion_control.empty();
}

double segment_ms(const TransferPath& path) {
  return transfer_ms(kSegmentBytes, path.bandwidth_mbps);
}

// A transfer out of a window, in rounds of a round trip each until the window covers the path.
struct Rounds {
  double stalled_ms = 0;
  double last_segments = 0;  // sent after the last stall
};

Rounds rounds_of(const TransferPath& path, double segments, double window) {
  Rounds rounds;
  double sent = 0;
  // The first round ends with an even segment. Later ones may not, and then the last segment waits for a delayed
  // answer.
  const auto held = [&] { return sent > 0 ? 1 : 0; };
  while (segments > sent + window - held() && window * segment_ms(path) < path.round_trip_ms) {
    const double stall_ms = path.round_trip_ms - window * segment_ms(path);
    if (segments <= sent + window) {
      rounds.stalled_ms += std::min(stall_ms, kDelayedAckMs);
      break;
    }
    rounds.stalled_ms += stall_ms;
    sent += window;
    window *= 2;
  }
  rounds.last_segments = segments - sent;
  return rounds;
}

double window_after_idle(double window, double idle_ms, double timeout_ms) {
  const double halvings = std::max(0.0, std::ceil(idle_ms / timeout_ms) - 1);
  return halvings == 0 ? window
                       : std::max(kInitialSegments, std::floor(std::ldexp(window, -int(std::min(halvings, 60.0)))));
}

// Each transfer finds the window that the one before left.
double stalled_ms(const TransferPath& path, double segments) {
  if (!(path.idle_ms > 0)) return 0;
  const double most = std::max(kInitialSegments, kMostWindow * path.round_trip_ms / segment_ms(path));
  const double idle_ms = path.idle_ms + path.round_trip_ms;  // from the last segment sent
  double window = std::clamp(segments, kInitialSegments, most);
  double timeout_ms = kLeastTimeoutMs + path.round_trip_ms;
  Rounds rounds;
  for (int transfer = 0; transfer < kTransfersUntilSteady; ++transfer) {
    const double restart = window_after_idle(window, idle_ms, timeout_ms);
    rounds = rounds_of(path, segments, restart);
    window = std::min(most, restart + segments);
    // A window beyond the path waits in the queue before it, and the time-out follows the round trips seen.
    const double queued_ms = std::min(window, rounds.last_segments) * segment_ms(path);
    timeout_ms = kLeastTimeoutMs + std::max(path.round_trip_ms, queued_ms);
  }
  return rounds.stalled_ms;
}

// BBR delivers n segments in a round trip and t, so it paces at gain × n ÷ (round trip + t): t = round trip ÷ (gain −
// 1). Few segments leave at the rate of the initial window.
double paced_ms(const TransferPath& path, double segments) {
  const double share =
      std::min(1 / (kStartUpGain - 1), (segments - kUnpacedSegments) / (kStartUpGain * kInitialSegments));
  return std::max(0.0, share * path.round_trip_ms - segments * segment_ms(path));
}

double extra_ms(const TransferPath& path, double segments) {
  if (!can_wait(path)) return 0;
  return path.congestion_control.starts_with("bbr") ? paced_ms(path, segments) : stalled_ms(path, segments);
}

// Sizes that are charged alike.
struct Level {
  double above_bytes = 0;
  double extra_ms = 0;
  double weight = 0;
};

Level joined(const Level& first, const Level& second) {
  const double weight = first.weight + second.weight;
  return {first.above_bytes, (first.extra_ms * first.weight + second.extra_ms * second.weight) / weight, weight};
}

// Adds a level at the end and joins what does not ascend: isotonic regression by pooling neighbours (Ayer et al.,
// 1955).
void add(std::vector<Level>& levels, Level level) {
  while (!levels.empty() && levels.back().extra_ms >= level.extra_ms) {
    level = joined(levels.back(), level);
    levels.pop_back();
  }
  levels.push_back(level);
}

void join_closest(std::vector<Level>& levels) {
  std::size_t best = 1;
  const auto rise = [&](std::size_t at) { return levels[at].extra_ms - levels[at - 1].extra_ms; };
  for (std::size_t at = 2; at < levels.size(); ++at)
    if (rise(at) < rise(best)) best = at;
  levels[best - 1] = joined(levels[best - 1], levels[best]);
  levels.erase(levels.begin() + std::ptrdiff_t(best));
}

}  // namespace

double transfer_ms(const TransferPath& path, double bytes) {
  return transfer_ms(bytes, path.bandwidth_mbps) + extra_ms(path, bytes / kSegmentBytes);
}

std::vector<TransferStep> transfer_steps(const TransferPath& path) {
  if (!can_wait(path) || !(path.idle_ms > 0) || path.congestion_control.starts_with("bbr")) return {};
  const double largest = std::max(64.0, kLargestProducts * path.round_trip_ms / segment_ms(path));
  std::vector<Level> levels;
  double above_bytes = 0;
  for (double segments = kInitialSegments; segments <= largest; segments *= kSizeRatio) {
    const double extra = extra_ms(path, segments);
    // A millisecond counts by its share of the whole time.
    const double whole_ms = path.round_trip_ms + segments * segment_ms(path) + extra;
    add(levels, {above_bytes, extra, 1 / (whole_ms * whole_ms)});
    above_bytes = segments * kSegmentBytes;
  }
  while (levels.size() > kMostSteps) join_closest(levels);
  std::vector<TransferStep> steps;
  for (const Level& level : levels)
    if (level.extra_ms > 0) steps.push_back({level.above_bytes, level.extra_ms});
  return steps;
}

}  // namespace tandem::cost
