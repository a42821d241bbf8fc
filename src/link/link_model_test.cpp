#include "link/link_model.h"

#include <gtest/gtest.h>

namespace tandem::link {
namespace {

using base::Instant;
using namespace std::chrono_literals;

constexpr Instant kStart{1h};

TEST(LinkModel, DirectionsHaveTheirOwnBandwidthAndDoNotDisturbEachOther) {
  LinkModel link({.up_mbps = 8, .down_mbps = 80}, 1, kStart);
  const auto up = std::make_shared<Flow>(1);
  const auto down = std::make_shared<Flow>(1);
  link.push(Direction::Up, up, 100'000, kStart);
  link.push(Direction::Down, down, 100'000, kStart);
  link.advance(kStart + 10ms);
  EXPECT_NEAR(static_cast<double>(up->ready), 10'000, 1448);
  EXPECT_NEAR(static_cast<double>(down->ready), 100'000, 2000);
}

TEST(LinkModel, PlaysATraceAtItsOwnTimesHoweverLateItIsAdvanced) {
  LinkModel link({}, 1, kStart);
  link.play(BandwidthTrace::parse("0 8000\n10 0\n20 16000\n", "t"), AtEnd::Hold, kStart);
  const auto flow = std::make_shared<Flow>(1);
  link.push(Direction::Up, flow, 30'000, kStart);  // 10,000 in the first 10 ms, then 10 ms of nothing, then 2,000 a ms
  link.advance(kStart + 29'900us);
  EXPECT_LT(flow->ready, 30'000);
  link.advance(kStart + 30'010us);
  EXPECT_EQ(flow->ready, 30'000);
}

TEST(LinkModel, ATraceReplacesTheBandwidthUntilItIsStopped) {
  LinkModel link({.up_mbps = 80}, 1, kStart);
  link.play(BandwidthTrace::parse("0 0\n", "t"), AtEnd::Loop, kStart);
  const auto flow = std::make_shared<Flow>(1);
  link.push(Direction::Up, flow, 1000, kStart);
  EXPECT_EQ(link.next_event(), Instant::max());
  link.set({.up_mbps = 80, .one_way_delay = base::Milliseconds(1)}, kStart + 1s);
  EXPECT_TRUE(link.is_playing());
  link.stop_trace(kStart + 2s);
  link.advance(kStart + 2s + 1101us);
  EXPECT_EQ(flow->ready, 1000);
}

TEST(LinkModel, WakesForTheNextStepOfATrace) {
  LinkModel link({}, 1, kStart);
  link.play(BandwidthTrace::parse("0 1\n10 2\n", "t"), AtEnd::Loop, kStart);
  EXPECT_EQ(link.next_event(), kStart + 10ms);
  link.advance(kStart + 10ms);
  EXPECT_EQ(link.next_event(), kStart + 20ms);
}

}  // namespace
}  // namespace tandem::link
