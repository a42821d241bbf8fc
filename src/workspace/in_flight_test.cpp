#include "workspace/in_flight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace tandem::workspace {
namespace {

TEST(InFlight, DoesEverythingInOrderInTheCallingThreadOneAtATime) {
  std::vector<std::size_t> done;
  do_in_flight(4, 1, [&, here = std::this_thread::get_id()](std::size_t i) {
    EXPECT_EQ(std::this_thread::get_id(), here);
    done.push_back(i);
  });
  EXPECT_THAT(done, testing::ElementsAre(0, 1, 2, 3));
}

// Nobody passes the barrier until three have come.
TEST(InFlight, HasAsManyUnderWayAsAsked) {
  std::barrier<> all(3);
  std::atomic<int> done = 0;
  do_in_flight(9, 3, [&](std::size_t) {
    all.arrive_and_wait();
    ++done;
  });
  EXPECT_EQ(done, 9);
}

TEST(InFlight, DoesEachOnce) {
  std::mutex mutex;
  std::vector<std::size_t> done;
  do_in_flight(100, 8, [&](std::size_t i) {
    const std::lock_guard lock(mutex);
    done.push_back(i);
  });
  std::vector<std::size_t> expected(100);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = i;
  EXPECT_THAT(done, testing::UnorderedElementsAreArray(expected));
}

TEST(InFlight, EndsWithTheFirstException) {
  for (const std::size_t at_once : {1, 4}) {
    std::atomic<int> begun = 0;
    EXPECT_THROW(do_in_flight(1'000'000, at_once,
                              [&](std::size_t) {
                                ++begun;
                                throw std::runtime_error("no");
                              }),
                 std::runtime_error);
    EXPECT_LE(begun, static_cast<int>(at_once));
  }
}

TEST(InFlight, MayHaveNothingToDo) {
  do_in_flight(0, 4, [](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace tandem::workspace
