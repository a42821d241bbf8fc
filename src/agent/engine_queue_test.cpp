#include "agent/engine_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <thread>
#include <vector>

namespace tandem::agent {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;
using testing::ElementsAre;

// While the test has the engine, requests queue up in threads of their own, which note their clients as they are
// served.
class EngineQueueTest : public testing::Test {
 protected:
  ~EngineQueueTest() override { finish(); }

  void ask(const std::string& client) {
    const std::size_t waiting = queue_.waiting() + 1;
    threads_.emplace_back([this, client] {
      const auto turn = queue_.take_turn(Deadline::never(), client);
      served_.push_back(client);  // one at a time
    });
    while (queue_.waiting() < waiting) std::this_thread::yield();
  }
  std::vector<std::string> finish() {
    turn_.reset();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
    return served_;
  }

  EngineQueue queue_{100};
  std::optional<EngineQueue::Turn> turn_ = queue_.take_turn(Deadline::never()).take();
  std::vector<std::thread> threads_;
  std::vector<std::string> served_;
};

TEST_F(EngineQueueTest, ServesOneClientInOrder) {
  for (int i = 0; i < 3; ++i) ask("a");
  EXPECT_THAT(finish(), ElementsAre("a", "a", "a"));
}

TEST_F(EngineQueueTest, LetsClientsTakeTurns) {
  for (const char* client : {"a", "a", "a", "a", "b", "b", "c"}) ask(client);
  EXPECT_THAT(finish(), ElementsAre("a", "b", "c", "a", "b", "a", "a"));
}

TEST_F(EngineQueueTest, GivesUpAtTheDeadline) {
  const auto late = queue_.take_turn(Deadline::after(Milliseconds(5)), "a");
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().kind(), ErrorKind::DeadlineExceeded);
  EXPECT_EQ(queue_.waiting(), 0u);
  ask("b");
  EXPECT_THAT(finish(), ElementsAre("b"));
}

// Every turn counts as long at once.
class SharedEngineQueue : public testing::Test {
 protected:
  auto take_turn(const std::string& client) { return queue_.take_turn(Deadline::after(Milliseconds(20)), client); }
  EngineQueue queue_{100, Milliseconds(0)};
  EngineQueue::Turn turn_ = queue_.take_turn(Deadline::never(), "a").take();
};

TEST_F(SharedEngineQueue, LetsOtherClientsStartBesideALongTurn) {
  EXPECT_FALSE(take_turn("a").ok());
  const auto beside = take_turn("b");
  ASSERT_TRUE(beside.ok());
  EXPECT_FALSE(take_turn("b").ok());
  EXPECT_TRUE(take_turn("c").ok());
}

TEST_F(SharedEngineQueue, HasALimit) {
  std::vector<EngineQueue::Turn> turns;
  for (std::size_t i = 1; i < EngineQueue::kMostAtOnce; ++i) turns.push_back(take_turn(std::to_string(i)).take());
  EXPECT_FALSE(take_turn("late").ok());
  turns.pop_back();
  EXPECT_TRUE(take_turn("late").ok());
}

TEST(LongTurn, IsSharedOnceItIsLong) {
  EngineQueue queue(100, Milliseconds(30));
  const auto start = base::steady_clock().now();
  const auto turn = queue.take_turn(Deadline::never(), "a").take();
  ASSERT_TRUE(queue.take_turn(Deadline::never(), "b").ok());
  EXPECT_GE(base::steady_clock().now() - start, Milliseconds(30));
}

// "a" waits for its own turn to end, and "b" has just begun then.
TEST(LongTurn, IsLookedAtAgainOnceAnotherEnds) {
  EngineQueue queue(100, Milliseconds(30));
  std::optional<EngineQueue::Turn> first = queue.take_turn(Deadline::never(), "a").take();
  const auto beside = queue.take_turn(Deadline::never(), "b").take();
  auto second = std::async(std::launch::async, [&] { return queue.take_turn(Deadline::never(), "a").ok(); });
  while (queue.waiting() == 0) std::this_thread::yield();
  first.reset();
  EXPECT_TRUE(second.get());
}

TEST(FullEngineQueue, RefusesAtOnce) {
  EngineQueue queue(0);
  const auto turn = queue.take_turn(Deadline::never()).take();
  EXPECT_EQ(queue.take_turn(Deadline::never()).error().kind(), ErrorKind::ResourceExhausted);
}

TEST(FreeEngineQueue, IsFreeAgainAfterATurn) {
  EngineQueue queue(0);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(queue.take_turn(Deadline::never()).ok());
}

}  // namespace
}  // namespace tandem::agent
