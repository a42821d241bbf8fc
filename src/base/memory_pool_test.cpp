#include "base/memory_pool.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace tandem::base {
namespace {

const TensorType kFour{ElementType::Float32, {4}};

TEST(MemoryPool, ReusesMemoryOfTheSameSize) {
  MemoryPool pool;
  const std::byte* first = pool.take(kFour).bytes().data();
  EXPECT_EQ(pool.take({ElementType::Int32, {2, 2}}).bytes().data(), first) << "of another type";
  const Tensor held = pool.take(kFour);
  EXPECT_NE(pool.take(kFour).bytes().data(), held.bytes().data()) << "while a tensor still uses it";
}

TEST(MemoryPool, MayGoBeforeItsTensors) {
  Tensor tensor;
  {
    MemoryPool pool;
    tensor = pool.take(kFour);
  }
  tensor.mutable_values<float>()[3] = 1;
  EXPECT_EQ(tensor.values<float>()[3], 1);
}

TEST(MemoryPool, RefusesTypesWithoutASize) {
  EXPECT_THROW(MemoryPool().take({ElementType::String, {1}}), Error);
}

TEST(MemoryPool, ChargesBlocksUntilTheyAreBackWithTheSystem) {
  const auto budget = std::make_shared<MemoryBudget>(100'000);
  MemoryPool pool(budget);
  MemoryPool::give_back(pool.take_block(1000));
  EXPECT_GE(budget->used(), 1000u) << "free, but held";
  pool.release_free();
  EXPECT_EQ(budget->used(), 0u);
}

TEST(MemoryPool, GivesFreeBlocksUpWhenTheBudgetRunsOut) {
  const auto budget = std::make_shared<MemoryBudget>(100'000);
  MemoryPool pool(budget);
  MemoryPool::give_back(pool.take_block(20'000));
  EXPECT_NO_THROW(MemoryPool::give_back(pool.take_block(99'000)));
  EXPECT_THROW(pool.take_block(101'000), Error);
  pool.release_free();
  EXPECT_EQ(budget->used(), 0u);
}

TEST(MemoryPool, KeepsNoMoreFreeThanAShareOfTheBudget) {
  const auto budget = std::make_shared<MemoryBudget>(100'000);
  MemoryPool pool(budget);
  MemoryPool::give_back(pool.take_block(30'000));
  EXPECT_EQ(budget->used(), 0u);
}

TEST(MemoryPool, SettlesChargesOfTensorsThatOutliveIt) {
  const auto budget = std::make_shared<MemoryBudget>(100'000);
  Tensor tensor;
  {
    MemoryPool pool(budget);
    tensor = pool.take(kFour);
  }
  EXPECT_GE(budget->used(), 16u);
  tensor = {};
  EXPECT_EQ(budget->used(), 0u);
}

}  // namespace
}  // namespace tandem::base
