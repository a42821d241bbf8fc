#include "cost/transfers.h"

namespace tandem::cost {
namespace {

constexpr double kSmallShare = 0.05;  // of the round trip: the longest transmission of a small frame
constexpr double kLargeShare = 2;     // of the round trip: the shortest transmission of a large frame
constexpr double kBitsPerByte = 8;
constexpr double kBitsPerMsAndMbps = 1000;

}  // namespace

bool learn(LinkCosts& link, double sent_bytes, double took_ms, std::int64_t now_s) {
  const double round_trip_ms = link.round_trip_ms.value;
  // Small frames first: the delay of one says nothing about the bandwidth.
  const double expected_ms = transfer_ms(sent_bytes, link.upload_mbps.value);
  if (expected_ms <= kSmallShare * round_trip_ms) {
    if (took_ms <= expected_ms) return false;
    link.round_trip_ms = {took_ms - expected_ms, now_s, Source::Transfer};
    return true;
  }
  const double transmission_ms = took_ms - round_trip_ms;
  if (transmission_ms > 0 && transmission_ms >= kLargeShare * round_trip_ms && sent_bytes > 0) {
    link.upload_mbps = {sent_bytes * kBitsPerByte / kBitsPerMsAndMbps / transmission_ms, now_s, Source::Transfer};
    return true;
  }
  const double predicted_ms = round_trip_ms + expected_ms;
  if (took_ms <= 0 || predicted_ms <= 0) return false;
  const double factor = took_ms / predicted_ms;
  link.round_trip_ms = {round_trip_ms * factor, now_s, Source::Transfer};
  link.upload_mbps = {link.upload_mbps.value / factor, now_s, Source::Transfer};
  return true;
}

}  // namespace tandem::cost
