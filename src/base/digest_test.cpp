#include "base/digest.h"

#include <gtest/gtest.h>

namespace tandem::base {
namespace {

TEST(Digest, IsSha256) {
  EXPECT_EQ(digest_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(is_digest(digest_of("abc")));
  EXPECT_FALSE(is_digest("BA"));
}

TEST(Digester, TakesItsInputInPieces) {
  Digester digester;
  digester.add("a");
  digester.add("bc");
  EXPECT_EQ(digester.finish(), digest_of("abc"));
}

}  // namespace
}  // namespace tandem::base
