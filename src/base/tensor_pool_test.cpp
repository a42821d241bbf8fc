#include "base/tensor_pool.h"

#include <gtest/gtest.h>

#include <optional>

#include "base/error.h"

namespace tandem::base {
namespace {

const TensorType kFour{ElementType::Float32, {4}};

TEST(TensorPool, ReusesMemoryOfTheSameSize) {
  TensorPool pool;
  const std::byte* first = pool.take(kFour).bytes().data();
  EXPECT_EQ(pool.take({ElementType::Int32, {2, 2}}).bytes().data(), first) << "of another type";
  const Tensor held = pool.take(kFour);
  EXPECT_NE(pool.take(kFour).bytes().data(), held.bytes().data()) << "while a tensor still uses it";
}

TEST(TensorPool, MayGoBeforeItsTensors) {
  Tensor tensor;
  {
    TensorPool pool;
    tensor = pool.take(kFour);
  }
  tensor.mutable_values<float>()[3] = 1;
  EXPECT_EQ(tensor.values<float>()[3], 1);
}

TEST(TensorPool, RefusesTypesWithoutASize) {
  EXPECT_THROW(TensorPool().take({ElementType::String, {1}}), Error);
}

}  // namespace
}  // namespace tandem::base
