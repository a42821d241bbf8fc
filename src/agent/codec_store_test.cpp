#include "agent/codec_store.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "codec/open.h"

namespace tandem::agent {
namespace {

using base::ErrorKind;

class CodecStoreTest : public testing::Test {
 protected:
  std::string put(const std::string& text) {
    const base::TensorType type = base::byte_type(text.size());
    const std::string digest = base::digest_of(text);
    weights_.put(digest, base::Tensor::of<std::byte>(type, std::as_bytes(std::span(text)))).take();
    return digest;
  }

  WeightStore weights_;
  CodecStore store_{weights_};
};

TEST_F(CodecStoreTest, OpensACodecOnce) {
  const std::string digest = put("fp16");
  const auto codec = store_.find(digest);
  ASSERT_TRUE(codec.ok()) << codec.error().message();
  EXPECT_EQ(codec.value()->name(), "fp16");
  EXPECT_EQ(store_.find(digest).value(), codec.value());
}

TEST_F(CodecStoreTest, SaysThatACodecHasNotBeenSent) {
  const auto codec = store_.find(std::string(64, 'a'));
  ASSERT_FALSE(codec.ok());
  EXPECT_EQ(codec.error().kind(), ErrorKind::NotFound);
  EXPECT_EQ(codec.error().message(), "codec aaaaaaaaaaaa has not been sent: deploy the plan again");
}

TEST_F(CodecStoreTest, RefusesBytesThatDescribeNoCodec) {
  EXPECT_EQ(store_.find(put("no such codec")).error().kind(), ErrorKind::InvalidInput);
  const std::string giant(codec::kMostDescriptionBytes + 1, 'x');
  EXPECT_EQ(store_.find(put(giant)).error().kind(), ErrorKind::ResourceExhausted);
}

TEST_F(CodecStoreTest, LetsTheCodecGoThatWasUsedLongestAgo) {
  const std::string first = put("fp16");
  const auto codec = store_.find(first).take();
  const auto open_others = [&](bool uses_first) {
    for (std::size_t i = 0; i < CodecStore::kMostCodecs; ++i) {
      const std::string scale = std::to_string(i + (uses_first ? 1 : 1001));
      store_.find(put("int8 scale=" + scale + " zero=0")).take();
      if (uses_first) store_.find(first).take();
    }
  };
  open_others(true);
  EXPECT_EQ(store_.find(first).value(), codec);
  open_others(false);
  EXPECT_NE(store_.find(first).value(), codec);
}

}  // namespace
}  // namespace tandem::agent
