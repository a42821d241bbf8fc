#include "plan/import/merged_graph.h"

#include <gtest/gtest.h>

namespace tandem::plan {
namespace {

using Blocks = std::vector<std::vector<std::size_t>>;

TEST(MergedGraph, OrdersNodesAfterThoseThatTheyRead) {
  EXPECT_EQ(merge_groups({10, 11, 12}, {{2, 1}, {1, 0}}), (Blocks{{2}, {1}, {0}}));
}

TEST(MergedGraph, MergesGroups) {
  EXPECT_EQ(merge_groups({7, 8, 7}, {{0, 2}, {2, 1}}), (Blocks{{0, 2}, {1}}));
}

// 0 and 2 run together, and 1 lies between them.
TEST(MergedGraph, MergesNodesBetweenThoseOfAGroup) {
  EXPECT_EQ(merge_groups({7, 8, 7, 9}, {{0, 1}, {1, 2}, {2, 3}}), (Blocks{{0, 1, 2}, {3}}));
}

TEST(MergedGraph, IsDeepWithoutDeepCalls) {
  std::vector<std::size_t> groups;
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  for (std::size_t i = 0; i < 200'000; ++i) {
    groups.push_back(i);
    if (i > 0) edges.emplace_back(i - 1, i);
  }
  EXPECT_EQ(merge_groups(groups, edges).size(), 200'000);
}

}  // namespace
}  // namespace tandem::plan
