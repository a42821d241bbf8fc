#include "agent/watch.h"

#include <gtest/gtest.h>

#include <future>

#include "base/test_clock.h"

namespace tandem::agent {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;

constexpr std::chrono::seconds kLongest{30};

// Goes on until it is stopped; the engine's error then.
void compute_until_stopped(Task& task) {
  task.compute([](const std::stop_token& stop) {
    std::promise<void> stopped;
    const std::stop_callback tell(stop, [&] { stopped.set_value(); });
    if (stopped.get_future().wait_for(kLongest) != std::future_status::ready) return;
    throw base::Error(ErrorKind::Unavailable, "the run was stopped");
  });
}

std::optional<ErrorKind> end_of(Task& task) try {
  compute_until_stopped(task);
  return std::nullopt;
} catch (const base::Error& error) {
  return error.kind();
}

class WatchTest : public testing::Test {
 protected:
  Watch watch_{base::steady_clock(), [this] { gave_up_.set_value(); }};
  std::promise<void> gave_up_;
};

TEST_F(WatchTest, EndsAComputationAtItsDeadline) {
  Task task(watch_, Deadline::after(Milliseconds(20)));
  EXPECT_EQ(end_of(task), ErrorKind::DeadlineExceeded);
  EXPECT_TRUE(task.deadline().has_passed());
}

TEST_F(WatchTest, EndsOnlyThatWhoseDeadlineHasPassed) {
  Task late(watch_, Deadline::after(std::chrono::hours(1)));
  Task never(watch_);
  Task task(watch_, Deadline::after(Milliseconds(20)));
  EXPECT_EQ(end_of(task), ErrorKind::DeadlineExceeded);
  EXPECT_FALSE(late.end());
  EXPECT_FALSE(never.end());
}

TEST_F(WatchTest, EndsAComputationWhoseCallerHasGone) {
  std::stop_source caller;
  Task task(watch_, Deadline::never(), caller.get_token());
  const auto leaving = std::async(std::launch::async, [&] { caller.request_stop(); });
  EXPECT_EQ(end_of(task), ErrorKind::Unavailable);
}

TEST_F(WatchTest, BeginsNothingForACallerThatHasGone) {
  std::stop_source caller;
  caller.request_stop();
  Task task(watch_, Deadline::never(), caller.get_token());
  bool has_begun = false;
  EXPECT_THROW(task.compute([&](const std::stop_token&) { has_begun = true; }), base::Error);
  EXPECT_FALSE(has_begun);
}

TEST_F(WatchTest, KeepsAnErrorOfWorkThatGoesOn) {
  Task task(watch_, Deadline::after(std::chrono::hours(1)));
  const auto fail = [](const std::stop_token&) { throw base::Error(ErrorKind::Internal, "a kernel failed"); };
  try {
    task.compute(fail);
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.message(), "a kernel failed");
  }
}

TEST_F(WatchTest, GivesAStepALimitOfItsOwn) {
  const Task whole(watch_, Deadline::after(std::chrono::hours(1)));
  Task step(whole, Milliseconds(20));
  EXPECT_EQ(end_of(step), ErrorKind::DeadlineExceeded);
  EXPECT_FALSE(whole.end());
}

TEST_F(WatchTest, GivesAStepNoMoreThanTheWhole) {
  const Task whole(watch_, Deadline::after(Milliseconds(20)));
  Task step(whole, std::chrono::hours(1));
  EXPECT_EQ(end_of(step), ErrorKind::DeadlineExceeded);
}

TEST_F(WatchTest, GivesUpAComputationThatDoesNotHeed) {
  Task task(watch_, Deadline::after(Milliseconds(20)));
  auto gave_up = gave_up_.get_future();
  const auto start = std::chrono::steady_clock::now();
  task.compute([&](const std::stop_token&) { EXPECT_EQ(gave_up.wait_for(kLongest), std::future_status::ready); });
  EXPECT_GE(std::chrono::steady_clock::now() - start, Watch::kGrace);
}

TEST_F(WatchTest, EndsWhatHasNoDeadlineASecondAfterItStops) {
  Task task(watch_);
  const Deadline last = watch_.stop();
  EXPECT_LE(last.remaining(), Watch::kGrace);
  EXPECT_EQ(end_of(task), ErrorKind::Unavailable);
  EXPECT_TRUE(last.has_passed());
}

TEST_F(WatchTest, DoesNotWaitForUpkeepWhenItStops) {
  Task task(watch_, Deadline::after(std::chrono::hours(1)), {}, Task::Kind::Upkeep);
  EXPECT_LE(watch_.stop().remaining(), Watch::kGrace);
  EXPECT_EQ(end_of(task), ErrorKind::Unavailable);
}

TEST_F(WatchTest, LetsOthersGoOnUntilTheirDeadlinesWhenItStops) {
  const Deadline deadline = Deadline::after(std::chrono::hours(1));
  const Task task(watch_, deadline);
  EXPECT_EQ(watch_.stop().instant(), deadline.instant());
  EXPECT_FALSE(task.end());
}

TEST_F(WatchTest, BeginsNothingOnceItStops) {
  watch_.stop();
  const Task task(watch_, Deadline::after(std::chrono::hours(1)));
  ASSERT_TRUE(task.end());
  EXPECT_EQ(task.end()->kind(), ErrorKind::Unavailable);
}

TEST(WatchClock, GoesByTheClockThatItWasGiven) {
  base::FakeClock clock;
  Watch watch(clock);
  Task task(watch, Deadline::after(Milliseconds(5), clock));
  std::this_thread::sleep_for(Milliseconds(50));
  EXPECT_FALSE(task.end());
  clock.pass(Milliseconds(5));
  EXPECT_EQ(end_of(task), ErrorKind::DeadlineExceeded);
}

}  // namespace
}  // namespace tandem::agent
