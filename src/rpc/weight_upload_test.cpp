#include "rpc/weight_upload.h"

#include <gtest/gtest.h>

#include "rpc/agent.pb.h"

namespace tandem::rpc {
namespace {

using base::ErrorKind;

class WeightReceiverTest : public testing::Test {
 protected:
  Limits limits;
  std::vector<std::string> stored;
  WeightReceiver receiver{limits, [this](const std::string& digest, base::Tensor) -> base::Status {
                            stored.push_back(digest);
                            return base::Nothing{};
                          }};

  static v1::WeightChunk chunk(const std::string& content, const std::string& digest = "",
                               std::uint64_t size_bytes = 0) {
    v1::WeightChunk message;
    message.set_content(content);
    message.set_digest(digest);
    message.set_size_bytes(size_bytes);
    return message;
  }
};

TEST_F(WeightReceiverTest, JoinsChunksAndVerifiesTheDigest) {
  const std::string digest = base::digest_of("abcdef");
  EXPECT_TRUE(receiver.take(chunk("abc", digest, 6)).ok());
  EXPECT_FALSE(receiver.is_between_weights());
  EXPECT_TRUE(receiver.take(chunk("def")).ok());
  EXPECT_TRUE(receiver.is_between_weights());
  EXPECT_EQ(stored, std::vector<std::string>{digest});
}

TEST_F(WeightReceiverTest, TakesAnEmptyWeight) {
  EXPECT_TRUE(receiver.take(chunk("", base::digest_of(""), 0)).ok());
  EXPECT_EQ(stored.size(), 1U);
}

TEST_F(WeightReceiverTest, RefusesOtherBytesThanTheDigestNames) {
  EXPECT_EQ(receiver.take(chunk("abc", base::digest_of("abd"), 3)).error().kind(), ErrorKind::InvalidInput);
  EXPECT_TRUE(stored.empty());
}

TEST_F(WeightReceiverTest, RefusesMoreBytesThanDeclared) {
  EXPECT_EQ(receiver.take(chunk("abcd", base::digest_of("abc"), 3)).error().kind(), ErrorKind::InvalidInput);
}

TEST_F(WeightReceiverTest, RefusesWeightsBeyondTheLimitBeforeTakingMemory) {
  const auto status = receiver.take(chunk("abc", base::digest_of("abc"), limits.weight_bytes + 1));
  EXPECT_EQ(status.error().kind(), ErrorKind::ResourceExhausted);
}

TEST_F(WeightReceiverTest, TakesNoMemoryForBytesThatHaveNotCome) {
  // 4 GB are declared and a few bytes sent: only the page of these bytes may become resident.
  EXPECT_TRUE(receiver.take(chunk("abc", base::digest_of("abc"), limits.weight_bytes)).ok());
}

class BudgetedWeights : public WeightReceiverTest {
 protected:
  Limits within_budget() const {
    Limits small;
    small.memory = budget;
    return small;
  }

  base::SharedBudget budget = std::make_shared<base::MemoryBudget>(1'000'000);
  std::vector<base::Tensor> held;
  WeightReceiver budgeted{within_budget(), [this](const std::string&, base::Tensor bytes) -> base::Status {
                            held.push_back(std::move(bytes));
                            return base::Nothing{};
                          }};
};

TEST_F(BudgetedWeights, AreChargedAsTheirBytesArrive) {
  const std::string half(200'000, 'x');
  EXPECT_TRUE(budgeted.take(chunk(half, base::digest_of(half + half), 400'000)).ok());
  EXPECT_GE(budget->used(), 200'000u);
  EXPECT_LT(budget->used(), 400'000u);
  EXPECT_TRUE(budgeted.take(chunk(half)).ok());
  EXPECT_EQ(budget->used(), 400'000u) << "for as long as the weight is held";
  EXPECT_EQ(base::text_of(held[0]), half + half);
  held.clear();
  EXPECT_EQ(budget->used(), 0u);
}

TEST_F(BudgetedWeights, ThatCannotFitAreRefusedAtTheirFirstByte) {
  EXPECT_THROW(static_cast<void>(budgeted.take(chunk("x", base::digest_of("x"), 1'000'001))), base::Error);
  EXPECT_EQ(budget->used(), 0u);
}

TEST_F(BudgetedWeights, ThatAreBrokenOffLeaveNothing) {
  {
    WeightReceiver other{within_budget(), [](const std::string&, base::Tensor) { return base::Nothing{}; }};
    EXPECT_TRUE(other.take(chunk(std::string(5000, 'x'), base::digest_of("x"), 900'000)).ok());
    EXPECT_GE(budget->used(), 5000u);
  }
  EXPECT_EQ(budget->used(), 0u);
  EXPECT_FALSE(budgeted.take(chunk("abc", base::digest_of("abd"), 3)).ok());
  EXPECT_EQ(budget->used(), 0u);
}

TEST_F(WeightReceiverTest, RefusesChunksOutOfOrder) {
  EXPECT_EQ(receiver.take(chunk("abc")).error().kind(), ErrorKind::InvalidInput);
  EXPECT_TRUE(receiver.take(chunk("abc", base::digest_of("abcdef"), 6)).ok());
  EXPECT_EQ(receiver.take(chunk("def", base::digest_of("def"), 3)).error().kind(), ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace tandem::rpc
