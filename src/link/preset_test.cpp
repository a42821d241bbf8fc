#include "link/preset.h"

#include <gtest/gtest.h>

namespace tandem::link {
namespace {

TEST(Preset, EachIsValidForPackets) {
  for (const Preset& preset : presets()) {
    const auto found = find_preset(preset.name, Carrier::Packets);
    ASSERT_TRUE(found.ok()) << preset.name;
    EXPECT_EQ(found.value(), preset.conditions);
  }
}

TEST(Preset, BytesHaveThoseWithoutLossAndNoQueue) {
  EXPECT_EQ(find_preset("4g", Carrier::Bytes).value().queue_time.count(), 0);
  EXPECT_EQ(find_preset("4g", Carrier::Bytes).value().down_mbps, 12.7);
  EXPECT_EQ(find_preset("wifi-bad", Carrier::Bytes).error().message(),
            "preset wifi-bad: link loss is 2 %, which only packets show, expected 0, or a link with --packets");
}

TEST(Preset, NamesThemAllWhereOneIsUnknown) {
  EXPECT_EQ(find_preset("6g", Carrier::Packets).error().message(),
            "link preset '6g' is unknown, expected one of 4g, 5g, wifi-good, wifi-bad, dsl, satellite, lora");
}

}  // namespace
}  // namespace tandem::link
