#include "agent/encoding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "base/error.h"
#include "codec/open.h"

namespace tandem::agent {
namespace {

using base::Deadline;

class EncodingTest : public testing::Test {
 protected:
  // Of several pieces.
  static base::Tensor large_tensor() {
    auto tensor = base::Tensor::allocate({base::ElementType::Float32, {1, 64, 128, 128}});
    float value = 0;
    for (float& each : tensor.mutable_values<float>()) each = value += 0.25f;
    return tensor;
  }
  std::vector<std::byte> all_of(Encoding& encoding) const {
    std::vector<std::byte> frame;
    for (std::size_t i = 0; i < encoding.piece_count(); ++i) encoding.append(i, frame, pace_, Deadline::never());
    return frame;
  }

  const Pace pace_{1, base::steady_clock()};
  const std::shared_ptr<const codec::Codec> codec_ = codec::open("fp16");
  const base::Tensor tensor_ = large_tensor();
};

TEST_F(EncodingTest, GivesEachOfItsReceiversTheSameFrame) {
  Encoding shared(codec_, tensor_, 2, nullptr);
  ASSERT_GT(shared.piece_count(), 1u);
  auto other = std::async(std::launch::async, [&] { return all_of(shared); });
  const auto one = all_of(shared);
  EXPECT_EQ(one, codec::encode(codec_, tensor_));
  EXPECT_EQ(other.get(), one);
}

TEST_F(EncodingTest, EncodesForOneOfThem) {
  Encoding shared(codec_, tensor_, 2, nullptr);
  std::vector<std::byte> piece;
  EXPECT_GT(shared.append(0, piece, pace_, Deadline::never()).count(), 0);
  EXPECT_EQ(shared.append(0, piece, pace_, Deadline::never()).count(), 0);
}

TEST_F(EncodingTest, IsChargedWhileItIsKept) {
  const auto memory = std::make_shared<base::MemoryBudget>(2 * tensor_.size());
  {
    const Encoding shared(codec_, tensor_, 2, memory);
    EXPECT_EQ(memory->used(), tensor_.size());
    const Encoding own(codec_, tensor_, 1, memory);
    EXPECT_EQ(memory->used(), tensor_.size());
    EXPECT_THROW(Encoding(codec_, tensor_, 2, std::make_shared<base::MemoryBudget>(1)), base::Error);
  }
  EXPECT_EQ(memory->used(), 0u);
}

}  // namespace
}  // namespace tandem::agent
