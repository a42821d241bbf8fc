#include "agent/deposits.h"

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <thread>

#include "agent/test_parts.h"
#include "base/memory_budget.h"

namespace tandem::agent {
namespace {

using base::Deadline;
using base::ErrorKind;
using base::Milliseconds;

class DepositsTest : public testing::Test {
 protected:
  using Held = base::Result<Milliseconds>;

  Deposited of(const std::string& name) const {
    const base::Tensor tensor = vector_of(1);
    return {{{name, base::with_charge(tensor, {memory_, tensor.size(), "a test"})}}, Milliseconds(3)};
  }

  // In a thread of its own, until it is held.
  std::future<Held> hold(const std::string& key, const std::string& client = "device",
                         const Deadline& deadline = Deadline::never()) {
    const std::size_t before = deposits_.held();
    auto held = std::async(std::launch::async, [this, key, client, deadline] {
      const Task task(watch_, deadline, caller_.get_token());
      return deposits_.hold(key, client, of(key), task);
    });
    while (deposits_.held() == before && held.wait_for(Milliseconds(1)) != std::future_status::ready) continue;
    return held;
  }
  base::Result<Deposited> take(const std::vector<std::string>& keys, const Deadline& deadline = Deadline::never()) {
    const Task task(watch_, deadline, caller_.get_token());
    return deposits_.take(keys, task);
  }

  const base::SharedBudget memory_ = std::make_shared<base::MemoryBudget>(1'000);
  Watch watch_;
  std::stop_source caller_;
  Deposits deposits_{{3, 3 * vector_of(1).size(), Milliseconds(60'000)}, base::steady_clock()};
};

TEST_F(DepositsTest, AreHeldUntilTheirRequestComes) {
  auto held = hold("a");
  const auto taken = take({"a"});
  ASSERT_TRUE(taken.ok()) << taken.error().message();
  ASSERT_EQ(taken.value().tensors.size(), 1u);
  EXPECT_EQ(taken.value().tensors[0].name, "a");
  EXPECT_EQ(taken.value().decoding, Milliseconds(3));
  EXPECT_TRUE(held.get().ok());
  EXPECT_EQ(deposits_.held(), 0u);
}

TEST_F(DepositsTest, AreWaitedFor) {
  auto taken = std::async(std::launch::async, [&] { return take({"a", "b"}); });
  auto first = hold("a");
  auto second = hold("b");
  ASSERT_TRUE(taken.get().ok());
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get().ok());
}

TEST_F(DepositsTest, AreWaitedForUntilTheDeadline) {
  const auto taken = take({"a"}, Deadline::after(Milliseconds(20)));
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().kind(), ErrorKind::DeadlineExceeded);
  EXPECT_EQ(taken.error().message(), "a deposit did not come by the deadline");
}

TEST_F(DepositsTest, AreWaitedForNoLongerThanTheirCallerWaits) {
  auto taken = std::async(std::launch::async, [&] { return take({"a"}); });
  caller_.request_stop();
  const auto outcome = taken.get();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().message(), "the caller no longer waits");
}

TEST_F(DepositsTest, EndWithTheirDeadline) {
  const auto held = hold("a", "device", Deadline::after(Milliseconds(20))).get();
  ASSERT_FALSE(held.ok());
  EXPECT_EQ(held.error().kind(), ErrorKind::DeadlineExceeded);
  EXPECT_EQ(held.error().message(), "no request came for a deposit by the deadline");
  EXPECT_EQ(deposits_.held(), 0u);
  EXPECT_EQ(memory_->used(), 0u);
}

TEST_F(DepositsTest, EndWithTheCallThatBroughtThem) {
  auto held = hold("a");
  caller_.request_stop();
  const auto outcome = held.get();
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().kind(), ErrorKind::Unavailable);
  EXPECT_EQ(deposits_.held(), 0u);
  EXPECT_EQ(memory_->used(), 0u);
}

TEST_F(DepositsTest, EndAfterTheLongestTime) {
  Deposits deposits({1, 100, Milliseconds(20)}, base::steady_clock());
  const Task task(watch_);
  const auto held = deposits.hold("a", "device", of("a"), task);
  ASSERT_FALSE(held.ok());
  EXPECT_EQ(held.error().kind(), ErrorKind::Unavailable);
  EXPECT_EQ(held.error().message(), "no request came for a deposit within 0.02 s");
  const auto taken = deposits.take({"a"}, task);
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().message(), "a deposit did not come within 0.02 s");
}

TEST_F(DepositsTest, AreDroppedWithTheRequestThatAwaitedMore) {
  auto held = hold("a");
  EXPECT_FALSE(take({"a", "b"}, Deadline::after(Milliseconds(20))).ok());
  EXPECT_TRUE(held.get().ok()) << "its request has been there";
  EXPECT_EQ(deposits_.held(), 0u);
}

TEST_F(DepositsTest, AreRefusedUnderAKeyInUse) {
  auto held = hold("a");
  const auto second = hold("a", "edge").get();
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind(), ErrorKind::InvalidInput);
  const auto taken = take({"a"});
  EXPECT_TRUE(taken.ok());
  EXPECT_TRUE(held.get().ok());
}

TEST_F(DepositsTest, AreRefusedToAClientThatHasItsShare) {
  auto a = hold("a");
  auto b = hold("b");
  auto c = hold("c");
  const auto more = hold("d").get();
  ASSERT_FALSE(more.ok());
  EXPECT_EQ(more.error().kind(), ErrorKind::ResourceExhausted);
  EXPECT_EQ(more.error().message(), "deposits: 4 of 64 bytes held for 'device', expected at most 3 of 48 bytes");
  auto of_another = hold("d", "edge");
  EXPECT_TRUE(take({"a", "b", "c", "d"}).ok());
  EXPECT_TRUE(of_another.get().ok());
}

TEST_F(DepositsTest, GiveNothingForAnotherKey) {
  auto held = hold("a");
  EXPECT_FALSE(take({"b"}, Deadline::after(Milliseconds(20))).ok());
  EXPECT_EQ(deposits_.held(), 1u);
  EXPECT_TRUE(take({"a"}).ok());
}

TEST_F(DepositsTest, AreEachAwaitedOnce) {
  const auto taken = take({"a", "a"});
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(taken.error().kind(), ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace tandem::agent
