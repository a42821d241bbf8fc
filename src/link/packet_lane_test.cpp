#include "link/packet_lane.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "link/packet_model.h"

namespace tandem::link {
namespace {

using base::Instant;
using base::Milliseconds;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr Instant kStart{1h};

// A link, a clock that only the test moves, and what arrived at the other end of its way up.
class PacketLaneTest : public testing::Test {
 protected:
  void set(const LinkConditions& conditions) {
    ASSERT_TRUE(check(conditions, Carrier::Packets).ok());
    model_.set(conditions, now_);
  }
  void push(std::uint32_t number, std::uint32_t bytes = 1500) {
    model_.push(Direction::Up, {number, bytes}, now_);
    collect();
  }
  void pass(nanoseconds span) {
    model_.advance(now_ += span);
    collect();
  }
  // From event to event until nothing happens by itself.
  void drain() {
    while (model_.next_event() != Instant::max()) {
      model_.advance(now_ = std::max(now_, model_.next_event()));
      collect();
    }
  }
  PacketCounts counts() { return model_.lane(Direction::Up).counts(); }
  std::vector<std::uint32_t> numbers() const {
    std::vector<std::uint32_t> numbers;
    for (const Arrival& arrival : arrivals_) numbers.push_back(arrival.number);
    return numbers;
  }

  struct Arrival {
    std::uint32_t number;
    Instant time;
  };
  Instant now_ = kStart;
  PacketModel model_{{}, 1, kStart};
  std::vector<Arrival> arrivals_;
  std::size_t dropped_ = 0;

 private:
  void collect() {
    PacketLane& lane = model_.lane(Direction::Up);
    for (const PacketLane::Delivery& delivery : lane.delivered()) {
      arrivals_.insert(arrivals_.end(), delivery.is_duplicated ? 2 : 1, {delivery.packet.buffer, now_});
    }
    dropped_ += lane.dropped().size();
    lane.clear_results();
  }
};

TEST_F(PacketLaneTest, TakesTransmissionPlusDelay) {
  set({.up_mbps = 12, .one_way_delay = Milliseconds(20)});
  for (std::uint32_t i = 0; i < 10; ++i) push(i);
  drain();
  ASSERT_EQ(arrivals_.size(), 10);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(arrivals_[i].number, i);
    EXPECT_EQ(arrivals_[i].time - kStart, (i + 1) * 1ms + 20ms);
  }
}

TEST_F(PacketLaneTest, IsExactHoweverLateItIsAdvanced) {
  set({.up_mbps = 12, .one_way_delay = Milliseconds(20)});
  for (std::uint32_t i = 0; i < 10; ++i) push(i);
  pass(24'999us);
  EXPECT_EQ(arrivals_.size(), 4);
  pass(1us);
  EXPECT_EQ(arrivals_.size(), 5);
}

TEST_F(PacketLaneTest, UnlimitedBandwidthLeavesOnlyTheDelay) {
  set({.one_way_delay = Milliseconds(7)});
  for (std::uint32_t i = 0; i < 5000; ++i) push(i);
  drain();
  ASSERT_EQ(arrivals_.size(), 5000);
  EXPECT_EQ(now_ - kStart, 7ms);
}

TEST_F(PacketLaneTest, NewBandwidthAppliesWithinAPacket) {
  set({.up_mbps = 0.012});  // a packet a second
  push(1);
  pass(500ms);
  set({.up_mbps = 12});
  drain();
  EXPECT_EQ(now_ - kStart, 500ms + 500us);
}

TEST_F(PacketLaneTest, HoldsAThousandPacketsByDefault) {
  set({.up_mbps = 1});
  for (std::uint32_t i = 0; i < 1500; ++i) push(i);
  EXPECT_EQ(counts().queue_packets, 1000);
  EXPECT_EQ(counts().tail_drops, 499);  // one is in the bottleneck
  EXPECT_EQ(dropped_, 499);
}

TEST_F(PacketLaneTest, LimitsItsQueueInBytesOrTime) {
  set({.up_mbps = 12, .queue_kb = 64});
  for (std::uint32_t i = 0; i < 100; ++i) push(i);
  EXPECT_EQ(counts().queue_bytes, 63'000);
  drain();
  set({.up_mbps = 12, .queue_time = Milliseconds(50)});
  for (std::uint32_t i = 0; i < 100; ++i) push(i);
  EXPECT_EQ(counts().queue_packets, 50);
  EXPECT_EQ(counts().tail_drops, 57 + 49);
}

TEST_F(PacketLaneTest, ACoDelQueueGetsShortWhereATailDropQueueStaysLong) {
  std::size_t longest[2];
  for (const bool codel : {false, true}) {
    set({.up_mbps = 12, .queue_time = Milliseconds(500), .codel = codel});
    for (int i = 0; i < 20'000; ++i) {  // 1.25 packets a millisecond for 20 s: a sender that does not slow down
      push(1);
      pass(800us);
    }
    drain();
    longest[codel ? 1 : 0] = counts().codel_drops;
  }
  EXPECT_EQ(longest[0], 0);
  EXPECT_GT(longest[1], 500);
}

TEST_F(PacketLaneTest, LosesPacketsOnTheLineAfterTheyTookTheirTime) {
  set({.up_mbps = 12, .loss_percent = 100});
  push(1);
  push(2);
  pass(1ms);
  EXPECT_EQ(counts().lost, 1);
  pass(1ms);
  EXPECT_EQ(counts().lost, 2);
  EXPECT_TRUE(arrivals_.empty());
  EXPECT_EQ(dropped_, 2);
}

TEST_F(PacketLaneTest, JitterKeepsTheOrder) {
  set({.one_way_delay = Milliseconds(10), .jitter = Milliseconds(30)});
  for (std::uint32_t i = 0; i < 500; ++i) {
    push(i);
    pass(1ms);
  }
  drain();
  ASSERT_EQ(arrivals_.size(), 500);
  EXPECT_TRUE(std::ranges::is_sorted(numbers()));
}

TEST_F(PacketLaneTest, OthersOvertakePacketsThatAreReordered) {
  set({.up_mbps = 12, .one_way_delay = Milliseconds(10), .reorder_percent = 10, .reorder_delay = Milliseconds(3)});
  for (std::uint32_t i = 0; i < 1000; ++i) push(i);
  drain();
  const std::vector<std::uint32_t> order = numbers();
  ASSERT_EQ(order.size(), 1000);
  EXPECT_FALSE(std::ranges::is_sorted(order));
  EXPECT_NEAR(static_cast<double>(counts().reordered), 100, 30);
  for (std::size_t i = 0; i < order.size(); ++i) EXPECT_LE(std::abs(static_cast<int>(order[i] - i)), 3) << i;
}

TEST_F(PacketLaneTest, DeliversDuplicatesTwice) {
  set({.duplicate_percent = 100});
  push(4);
  push(5);
  drain();
  EXPECT_EQ(numbers(), (std::vector<std::uint32_t>{4, 4, 5, 5}));
  EXPECT_EQ(counts().packets, 4);
}

TEST_F(PacketLaneTest, StallsAndGoesOnAsIfNoTimeHadPassed) {
  set({.up_mbps = 12, .one_way_delay = Milliseconds(10)});
  push(1);
  pass(5ms);
  set({.up_mbps = 12, .one_way_delay = Milliseconds(10), .stalled = true});
  EXPECT_EQ(model_.next_event(), Instant::max());
  pass(1h);
  EXPECT_TRUE(arrivals_.empty());
  set({.up_mbps = 12, .one_way_delay = Milliseconds(10)});
  drain();
  EXPECT_EQ(now_ - kStart, 1h + 11ms);
}

TEST_F(PacketLaneTest, DropsWhatIsSentWhileItIsCut) {
  set({.cut = true});
  push(1);
  set({});
  push(2);
  drain();
  EXPECT_EQ(numbers(), std::vector<std::uint32_t>{2});
  EXPECT_EQ(counts().cut_drops, 1);
}

TEST_F(PacketLaneTest, FollowsATraceAtItsOwnTimes) {
  model_.play(BandwidthTrace::parse("0 12000\n10 0\n20 24000\n", "t"), AtEnd::Hold, now_);
  for (std::uint32_t i = 0; i < 14; ++i) push(i);
  pass(15ms);
  EXPECT_EQ(arrivals_.size(), 10);
  pass(7ms);
  EXPECT_EQ(arrivals_.size(), 14);
}

// Delay, jitter, loss, reordering and duplicates: no packet is forgotten, and none comes before its delay.
TEST_F(PacketLaneTest, AccountsForEveryPacket) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    PacketLane lane(seed);
    const LinkConditions conditions{.loss_percent = 3,
                                    .burst_packets = 2,
                                    .reorder_percent = 5,
                                    .duplicate_percent = 5,
                                    .queue_time = Milliseconds(20),
                                    .codel = seed % 2 == 0};
    lane.set({.bytes_per_second = 1.5e6, .delay = 5ms, .jitter = 4ms, .jitter_correlation = 0.5}, conditions, kStart);
    std::size_t delivered = 0;
    std::size_t dropped = 0;
    for (Instant now = kStart; now < kStart + 3s; now += 500us) {
      if (now < kStart + 2s) lane.push({0, 1000}, now);
      lane.advance(now);
      delivered += lane.delivered().size();
      dropped += lane.dropped().size();
      lane.clear_results();
    }
    const PacketCounts counts = lane.counts();
    EXPECT_EQ(delivered + dropped, 4000);
    EXPECT_EQ(counts.packets - counts.duplicated, delivered);
    EXPECT_EQ(counts.lost + counts.tail_drops + counts.codel_drops, dropped);
    EXPECT_EQ(counts.queue_packets, 0);
  }
}

}  // namespace
}  // namespace tandem::link
