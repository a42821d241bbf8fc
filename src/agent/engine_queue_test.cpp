#include "agent/engine_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
