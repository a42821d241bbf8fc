#include "base/clock.h"

#include <gtest/gtest.h>

#include "base/test_clock.h"

namespace tandem::base {
namespace {

TEST(Deadline, PassesWithTheClock) {
  FakeClock clock;
  const Deadline deadline = Deadline::after(Milliseconds(10), clock);
  EXPECT_FALSE(deadline.has_passed(clock));
  EXPECT_EQ(deadline.remaining(clock), Milliseconds(10));
  clock.pass(Milliseconds(15));
  EXPECT_TRUE(deadline.has_passed(clock));
  EXPECT_EQ(deadline.remaining(clock), Milliseconds(-5));
}

TEST(Deadline, MayBeNever) {
  const FakeClock clock;
  EXPECT_TRUE(Deadline::after(std::chrono::hours(24 * 365), clock).is_never());
  EXPECT_FALSE(Deadline::never().has_passed(clock));
  EXPECT_GE(Deadline::never().remaining(clock), std::chrono::hours(24 * 365));
}

TEST(Clock, CountsAllTimeAsTheThreadsUnlessItKnowsBetter) {
  FakeClock clock;
  const Milliseconds before = clock.thread_time();
  clock.pass(Milliseconds(3));
  EXPECT_EQ(clock.thread_time() - before, Milliseconds(3));
}

TEST(SteadyClock, NeverGoesBack) {
  Clock& clock = steady_clock();
  const Instant before = clock.now();
  const Milliseconds worked = clock.thread_time();
  clock.sleep_until(before);
  EXPECT_GE(clock.now(), before);
  EXPECT_GE(clock.thread_time(), worked);
}

}  // namespace
}  // namespace tandem::base
