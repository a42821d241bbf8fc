#include "link/lane.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tandem::link {
namespace {

using base::Instant;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr double kBytesPerMegabit = 1e6 / 8;
constexpr double kUnlimited = std::numeric_limits<double>::infinity();

// A lane, a clock that only the test moves, and flows whose ready bytes are taken at once.
class LaneTest : public testing::Test {
 protected:
  FlowPtr open() { return std::make_shared<Flow>(++connections_); }
  void set(LaneConditions conditions) { lane_.set(conditions, now_); }
  void set_mbps(double mbps, nanoseconds delay = 0ns) {
    set({.bytes_per_second = mbps * kBytesPerMegabit, .delay = delay});
  }
  void push(const FlowPtr& flow, std::size_t bytes) { lane_.push(flow, bytes, now_); }
  void pass(nanoseconds span) { lane_.advance(now_ += span); }

  // How long from now until `bytes` of `flow` are out, going from event to event.
  nanoseconds time_until_ready(const FlowPtr& flow, std::size_t bytes) {
    const Instant start = now_;
    while (flow->ready < bytes && lane_.next_event() != Instant::max()) lane_.advance(now_ = lane_.next_event());
    EXPECT_GE(flow->ready, bytes);
    return now_ - start;
  }

  Instant now_{1h};
  Lane lane_;

 private:
  std::uint64_t connections_ = 0;
};

void expect_close(nanoseconds actual, nanoseconds expected, nanoseconds tolerance = 5us) {
  EXPECT_LE(std::abs((actual - expected).count()), tolerance.count())
      << actual.count() << " ns, not " << expected.count();
}

TEST_F(LaneTest, TakesTransmissionPlusDelay) {
  set_mbps(100, 40ms);
  const FlowPtr flow = open();
  push(flow, 602'112);
  expect_close(time_until_ready(flow, 602'112), 48'168'960ns + 40ms);
}

TEST_F(LaneTest, IsAsExactForSmallMessagesAfterIdling) {
  for (const double mbps : {1.0, 10.0, 100.0}) {
    set_mbps(mbps, 5ms);
    const FlowPtr flow = open();
    pass(10s);
    push(flow, 100);
    expect_close(time_until_ready(flow, 100), nanoseconds(static_cast<std::int64_t>(800e3 / mbps)) + 5ms, 10ns);
  }
}

TEST_F(LaneTest, LetsNothingThroughAheadOfItsBits) {
  set_mbps(10);
  const FlowPtr flow = open();
  pass(10s);
  push(flow, 100'000);
  for (int i = 1; i <= 80; ++i) {
    pass(1ms);
    EXPECT_LE(flow->ready, 1250 * i);
    EXPECT_GE(flow->ready + 1448, 1250 * i);
  }
}

TEST_F(LaneTest, IsExactHoweverLateItIsAdvanced) {
  set_mbps(10, 5ms);
  const FlowPtr flow = open();
  push(flow, 10'000);
  pass(12'900us);
  EXPECT_LT(flow->ready, 10'000);
  pass(100us);
  EXPECT_EQ(flow->ready, 10'000);
}

TEST_F(LaneTest, UnlimitedBandwidthLeavesOnlyTheDelay) {
  set({.bytes_per_second = kUnlimited, .delay = 7ms});
  const FlowPtr flow = open();
  push(flow, 10'000'000);
  expect_close(time_until_ready(flow, 10'000'000), 7ms, 0ns);
}

TEST_F(LaneTest, SharesItsBandwidthEquallyAmongFlows) {
  set_mbps(10);
  const FlowPtr first = open();
  const FlowPtr second = open();
  push(first, 100'000);
  push(second, 100'000);
  pass(40ms);  // 50,000 bytes
  EXPECT_NEAR(static_cast<double>(first->ready), 25'000, 2 * 1448);
  EXPECT_NEAR(static_cast<double>(second->ready), 25'000, 2 * 1448);
}

TEST_F(LaneTest, ZeroBandwidthHoldsBytesUntilItChanges) {
  set_mbps(0);
  const FlowPtr flow = open();
  push(flow, 1000);
  EXPECT_EQ(lane_.next_event(), Instant::max());
  pass(1h);
  EXPECT_EQ(flow->ready, 0);
  set_mbps(8);
  expect_close(time_until_ready(flow, 1000), 1ms);
}

TEST_F(LaneTest, NewBandwidthAppliesWithinAChunk) {
  set_mbps(0.008);  // 1000 bytes a second
  const FlowPtr flow = open();
  push(flow, 1000);
  pass(500ms);
  set_mbps(8);
  expect_close(time_until_ready(flow, 1000), 500us);
}

TEST_F(LaneTest, ShorterDelayKeepsTheOrderOfAFlow) {
  set({.delay = 50ms});
  const FlowPtr flow = open();
  push(flow, 1);
  set({.delay = 1ms});
  push(flow, 2);
  pass(49ms);
  EXPECT_EQ(flow->ready, 0);
  pass(1ms);
  EXPECT_EQ(flow->ready, 3);
}

TEST_F(LaneTest, StallFreezesTheQueueAndTheLine) {
  const LaneConditions moving{.bytes_per_second = 1e6, .delay = 10ms};
  LaneConditions stalled = moving;
  stalled.stalled = true;
  set(moving);
  const FlowPtr flow = open();
  push(flow, 1000);
  pass(5ms);
  set(stalled);
  EXPECT_EQ(lane_.next_event(), Instant::max());
  pass(1h);
  push(flow, 1000);
  EXPECT_EQ(flow->ready, 0);
  set(moving);
  expect_close(time_until_ready(flow, 1000), 6ms);
  expect_close(time_until_ready(flow, 2000), 5ms);
}

TEST_F(LaneTest, JitterStaysWithinItsBoundsAndKeepsOrder) {
  set({.delay = 10ms, .jitter = 4ms});
  nanoseconds shortest = 1h;
  nanoseconds longest = 0ns;
  for (int i = 0; i < 200; ++i) {
    const FlowPtr flow = open();
    push(flow, 1);
    const nanoseconds span = time_until_ready(flow, 1);
    shortest = std::min(shortest, span);
    longest = std::max(longest, span);
  }
  EXPECT_GE(shortest, 10ms);
  EXPECT_LT(shortest, 11ms);
  EXPECT_GT(longest, 13ms);
  EXPECT_LE(longest, 14ms);
}

TEST_F(LaneTest, AnEndingComesBehindAllBytes) {
  set_mbps(8, 1ms);
  const FlowPtr flow = open();
  push(flow, 5000);
  lane_.end(flow, Ending::Finish, now_);
  pass(5999us);
  EXPECT_EQ(flow->ending, Ending::None);
  pass(5us);
  EXPECT_EQ(flow->ready, 5000);
  EXPECT_EQ(flow->ending, Ending::Finish);
}

TEST_F(LaneTest, AResetMayFollowAnEndOfStream) {
  set({.delay = 1ms});
  const FlowPtr flow = open();
  lane_.end(flow, Ending::Finish, now_);
  pass(1ms);
  EXPECT_EQ(flow->ending, Ending::Finish);
  lane_.end(flow, Ending::Reset, now_);
  pass(1ms);
  EXPECT_EQ(flow->ending, Ending::Reset);
}

TEST_F(LaneTest, ADroppedFlowFreesTheLineForOthers) {
  set_mbps(8);
  const FlowPtr dropped = open();
  const FlowPtr other = open();
  push(dropped, 200'000);
  push(other, 1448);
  lane_.drop(dropped);
  push(dropped, 200'000);
  expect_close(time_until_ready(other, 1448), 2 * 1448us);
  EXPECT_EQ(dropped->ready, 0);
  EXPECT_EQ(lane_.next_event(), Instant::max());
}

TEST_F(LaneTest, AsksForBackPressureWhenTheQueueIsFullAndReportsRoom) {
  set_mbps(10, 1s);
  const FlowPtr flow = open();
  while (lane_.accepts(*flow)) push(flow, 1448);
  EXPECT_NEAR(static_cast<double>(flow->queued), 256 << 10, 1448);
  lane_.take_changed();
  lane_.advance(now_ = lane_.next_event());
  EXPECT_LE(now_ - Instant(1h), 3ms);  // long before anything leaves the line
  EXPECT_TRUE(lane_.accepts(*flow));
  EXPECT_EQ(lane_.take_changed().size(), 1);
}

TEST_F(LaneTest, BytesThatNobodyTakesStopTheirOwnFlowOnly) {
  set({});
  const FlowPtr slow = open();
  while (lane_.accepts(*slow)) push(slow, 65'536);
  EXPECT_LE(slow->ready, 5u << 20);
  EXPECT_TRUE(lane_.accepts(*open()));
}

TEST_F(LaneTest, BoundsWhatTheLineHolds) {
  set({.delay = 60s});
  const FlowPtr flow = open();
  std::size_t held = 0;
  for (; lane_.accepts(*flow); held += 65'536) push(flow, 65'536);
  EXPECT_EQ(held, 256u << 20);
  EXPECT_TRUE(lane_.is_full());
  pass(60s);
  EXPECT_FALSE(lane_.is_full());
}

}  // namespace
}  // namespace tandem::link
