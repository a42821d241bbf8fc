#include "codec/layout.h"

#include <gtest/gtest.h>

namespace tandem::codec {
namespace {

TEST(Layout, HasAPlaneForEachChannelOfEachSample) {
  const Layout layout = layout_of({2, 3, 5, 7});
  EXPECT_EQ(layout.planes, 6U);
  EXPECT_EQ(layout.channels, 3U);
  EXPECT_EQ(layout.height, 5U);
  EXPECT_EQ(layout.width, 7U);
}

TEST(Layout, CountsAllButTheLastSpatialDimensionAsHeight) {
  const Layout layout = layout_of({1, 4, 2, 3, 5});
  EXPECT_EQ(layout.planes, 4U);
  EXPECT_EQ(layout.height, 6U);
  EXPECT_EQ(layout.width, 5U);
  EXPECT_EQ(layout_of({1, 4, 9}).height, 1U);
}

TEST(Layout, IsOnePlaneBelowThreeDimensions) {
  for (const base::Shape& shape : {base::Shape{}, base::Shape{12}, base::Shape{3, 4}}) {
    EXPECT_EQ(layout_of(shape).planes, 1U);
    EXPECT_EQ(layout_of(shape).plane_elements(), base::element_count(shape)) << base::to_string(shape);
  }
  EXPECT_EQ(layout_of({3, 4}).height, 3U);
}

TEST(Layout, HasNoPlanesWithoutElements) {
  EXPECT_EQ(layout_of({0, std::int64_t{1} << 40, std::int64_t{1} << 40}).planes, 0U);
  EXPECT_EQ(chunks_of(layout_of({4, 0}), false).size(), 1U);
}

TEST(Chunks, CoverAllPlanesOnceInOrder) {
  for (const base::Shape& shape : {base::Shape{1, 64, 56, 56}, {3, 7, 300, 301}, {1, 1000, 10, 10}, {70000}, {0}}) {
    const Layout layout = layout_of(shape);
    std::size_t next = 0;
    for (const Chunk& chunk : chunks_of(layout, false)) {
      EXPECT_EQ(chunk.first_plane, next);
      next = chunk.last_plane;
    }
    EXPECT_EQ(next, layout.planes) << base::to_string(shape);
  }
}

TEST(Chunks, HaveAboutAsManyElementsAsAgreed) {
  const Layout layout = layout_of({1, 64, 56, 56});
  const auto chunks = chunks_of(layout, false);
  EXPECT_EQ(chunks.size(), 4U);
  for (const Chunk& chunk : chunks) EXPECT_EQ(chunk.last_plane - chunk.first_plane, 16U);
}

TEST(Chunks, AreOneWhereTheCodecTakesTheWhole) {
  EXPECT_EQ(chunks_of(layout_of({1, 3, 1000, 1000}), true).size(), 1U);
}

}  // namespace
}  // namespace tandem::codec
