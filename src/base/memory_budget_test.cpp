#include "base/memory_budget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/error.h"

namespace tandem::base {
namespace {

std::string refusal_of(const SharedBudget& budget, std::size_t bytes) {
  try {
    const MemoryCharge charge(budget, bytes, "an upload");
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::ResourceExhausted);
    return error.message();
  }
  return "no refusal";
}

TEST(MemoryBudget, CountsAChargeWhileItLives) {
  const auto budget = std::make_shared<MemoryBudget>(100);
  {
    const MemoryCharge charge(budget, 60, "a tensor");
    EXPECT_EQ(budget->used(), 60u);
  }
  EXPECT_EQ(budget->used(), 0u);
}

TEST(MemoryBudget, RefusesBeyondItAndSaysTheFigures) {
  const auto budget = std::make_shared<MemoryBudget>(100'000);
  const MemoryCharge charge(budget, 60'000, "a tensor");
  EXPECT_EQ(refusal_of(budget, 40'000), "no refusal");
  EXPECT_EQ(refusal_of(budget, 40'001),
            "no memory for an upload: 40.0 KB asked, 40.0 KB free of the budget of 100 KB (tandem agent --memory)");
  EXPECT_EQ(refusal_of(budget, ~std::size_t{0}).substr(0, 23), "no memory for an upload")
      << "the sum does not overflow";
  EXPECT_EQ(budget->used(), 60'000u);
}

TEST(MemoryBudget, AChargeThatMovesIsCountedOnce) {
  const auto budget = std::make_shared<MemoryBudget>(100);
  MemoryCharge first(budget, 60, "a tensor");
  MemoryCharge second = std::move(first);
  first = MemoryCharge(budget, 10, "another");
  EXPECT_EQ(budget->used(), 70u);
  first = std::move(second);
  EXPECT_EQ(budget->used(), 60u);
}

TEST(MemoryBudget, AChargeGrowsAndShrinks) {
  const auto budget = std::make_shared<MemoryBudget>(100);
  MemoryCharge charge(budget, 0, "an upload");
  charge.grow(70, "an upload");
  EXPECT_THROW(charge.grow(31, "an upload"), Error);
  EXPECT_EQ(charge.bytes(), 70u) << "it keeps what it had";
  charge.shrink_to(20);
  charge.shrink_to(50);
  EXPECT_EQ(budget->used(), 20u);
}

TEST(MemoryBudget, AsksHoldersOfSpareMemoryBeforeItRefuses) {
  const auto budget = std::make_shared<MemoryBudget>(100);
  MemoryCharge spare(budget, 80, "a free block");
  const MemoryBudget::Spare holder(*budget, [&] { spare.reset(); });
  EXPECT_EQ(refusal_of(budget, 20), "no refusal");
  EXPECT_EQ(spare.bytes(), 80u) << "there was room without it";
  EXPECT_EQ(refusal_of(budget, 90), "no refusal");
  EXPECT_EQ(spare.bytes(), 0u);
}

TEST(MemoryBudget, WithoutABudgetNothingIsCounted) {
  MemoryCharge charge({}, ~std::size_t{0}, "everything");
  charge.grow(1, "more");
  EXPECT_EQ(charge.bytes(), 0u);
}

TEST(MemoryBudget, ATensorIsChargedUntilItsLastCopyEnds) {
  const auto budget = std::make_shared<MemoryBudget>(1000);
  Tensor copy;
  {
    const Tensor tensor = allocate_charged({ElementType::Float32, {2, 10}}, budget);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.bytes().data()) % 64, 0u);
    copy = tensor;
  }
  EXPECT_EQ(budget->used(), 80u);
  copy = {};
  EXPECT_EQ(budget->used(), 0u);
  EXPECT_THROW(allocate_charged({ElementType::Float32, {251}}, budget), Error);
  EXPECT_EQ(budget->used(), 0u);
}

TEST(MemoryBudget, IsNeverExceededByManyThreads) {
  const auto budget = std::make_shared<MemoryBudget>(1000);
  std::atomic<bool> was_exceeded{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 5000; ++j) {
        try {
          const MemoryCharge charge(budget, 300, "a tensor");
          if (budget->used() > budget->bytes()) was_exceeded = true;
        } catch (const Error&) {
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(was_exceeded);
  EXPECT_EQ(budget->used(), 0u);
}

}  // namespace
}  // namespace tandem::base
