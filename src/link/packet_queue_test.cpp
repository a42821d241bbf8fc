#include "link/packet_queue.h"

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <random>

namespace tandem::link {
namespace {

using base::Instant;
using namespace std::chrono_literals;

constexpr Packet kPacket{0, 1500};

TEST(PacketQueue, KeepsOrderWhileItGrowsAndWraps) {
  PacketQueue queue;
  std::deque<std::uint32_t> expected;
  std::vector<Packet> dropped;
  std::mt19937 random(1);
  for (std::uint32_t i = 0; i < 5000; ++i) {
    if (random() % 5 < 3 && queue.push({i, 100}, Instant{})) expected.push_back(i);
    if (random() % 5 < 2 && !expected.empty()) {
      EXPECT_EQ(queue.pop(Instant{}, dropped)->buffer, expected.front());
      expected.pop_front();
    }
    ASSERT_EQ(queue.packets(), expected.size());
    ASSERT_EQ(queue.bytes(), 100 * expected.size());
  }
  EXPECT_TRUE(dropped.empty());
}

TEST(PacketQueue, DropsAtItsTail) {
  PacketQueue queue;
  queue.set({SIZE_MAX, 4000}, false);
  EXPECT_TRUE(queue.push(kPacket, Instant{}));
  EXPECT_TRUE(queue.push(kPacket, Instant{}));
  EXPECT_FALSE(queue.push(kPacket, Instant{}));
  EXPECT_TRUE(queue.push({0, 1000}, Instant{}));
  queue.set({2, SIZE_MAX}, false);
  EXPECT_EQ(queue.packets(), 3);  // those that wait already stay
  EXPECT_FALSE(queue.push({0, 1}, Instant{}));
}

// A queue that one packet leaves each millisecond, and which is refilled before: packets wait for `waited` and 4 ms.
std::vector<Instant> drop_times(std::chrono::milliseconds waited, std::chrono::milliseconds span) {
  PacketQueue queue;
  queue.set({SIZE_MAX, SIZE_MAX}, true);
  std::vector<Instant> times;
  std::vector<Packet> dropped;
  for (Instant now{1h}; now < Instant(1h) + span; now += 1ms) {
    while (queue.packets() < 5) queue.push(kPacket, now - waited);
    queue.pop(now, dropped);
    times.insert(times.end(), dropped.size(), now);
    dropped.clear();
  }
  return times;
}

TEST(CoDel, LeavesAShortQueueAlone) {
  EXPECT_TRUE(drop_times(0ms, 10s).empty());
}

TEST(CoDel, DropsAfterAnIntervalAndThenMoreAndMoreOften) {
  const std::vector<Instant> times = drop_times(30ms, 2s);
  ASSERT_GT(times.size(), 10);
  EXPECT_EQ(times[0] - Instant(1h), 100ms);
  double due_ms = 100;
  for (std::size_t i = 1; i < 10; ++i) {  // interval / sqrt(count), RFC 8289, section 5.3
    due_ms += 100 / std::sqrt(static_cast<double>(i));
    EXPECT_NEAR(base::Milliseconds(times[i] - Instant(1h)).count(), due_ms, 1) << i;
  }
}

TEST(CoDel, StopsWhenTheQueueIsShortAgainAndResumesAtItsRate) {
  CoDel codel;
  Instant now{1h};
  int drops = 0;
  const auto wait_for = [&](std::chrono::milliseconds waited, std::chrono::milliseconds span) {
    const int before = drops;
    for (const Instant end = now + span; now < end; now += 1ms) drops += codel.drops(now, waited, 30'000) ? 1 : 0;
    return drops - before;
  };
  const int first = wait_for(30ms, 2s);
  EXPECT_GT(first, 20);
  EXPECT_EQ(wait_for(1ms, 500ms), 0);
  EXPECT_GT(wait_for(30ms, 500ms), 10);  // at the rate of before: starting anew it would drop 7
}

TEST(CoDel, NeverDropsTheLastPacket) {
  CoDel codel;
  for (Instant now{1h}; now < Instant(1h) + 1s; now += 1ms) EXPECT_FALSE(codel.drops(now, 1s, 1500));
}

}  // namespace
}  // namespace tandem::link
