#include "link/byte_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>

namespace tandem::link {
namespace {

std::size_t fill(ByteQueue& queue, std::size_t wish, std::uint64_t& written) {
  const auto space = queue.free_space();
  const std::size_t count = std::min(wish, space.size());
  for (std::byte& value : space.first(count)) value = static_cast<std::byte>(written++ % 251);
  queue.commit(count);
  return count;
}

std::size_t drain(ByteQueue& queue, std::size_t wish, std::uint64_t& read) {
  const auto front = queue.front();
  const std::size_t count = std::min(wish, front.size());
  for (const std::byte value : front.first(count)) EXPECT_EQ(value, static_cast<std::byte>(read++ % 251));
  queue.consume(count);
  return count;
}

TEST(ByteQueue, GivesBytesBackInOrderHoweverTheyComeAndGo) {
  ByteQueue queue;
  std::mt19937 random(1);
  std::uint64_t written = 0;
  std::uint64_t read = 0;
  for (int i = 0; i < 2000; ++i) {
    if (random() % 2) {
      fill(queue, random() % 50'000, written);
    } else {
      drain(queue, random() % 60'000, read);
    }
    ASSERT_EQ(queue.size(), written - read);
  }
}

TEST(ByteQueue, IsEmptyAfterAnEmptyCommitAndAfterClear) {
  ByteQueue queue;
  EXPECT_FALSE(queue.free_space().empty());
  queue.commit(0);
  EXPECT_TRUE(queue.front().empty());
  std::uint64_t written = 0;
  fill(queue, 100, written);
  queue.clear();
  EXPECT_EQ(queue.size(), 0);
}

}  // namespace
}  // namespace tandem::link
