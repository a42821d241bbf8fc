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

TEST_F(WeightReceiverTest, RefusesChunksOutOfOrder) {
  EXPECT_EQ(receiver.take(chunk("abc")).error().kind(), ErrorKind::InvalidInput);
  EXPECT_TRUE(receiver.take(chunk("abc", base::digest_of("abcdef"), 6)).ok());
  EXPECT_EQ(receiver.take(chunk("def", base::digest_of("def"), 3)).error().kind(), ErrorKind::InvalidInput);
}

}  // namespace
}  // namespace tandem::rpc
