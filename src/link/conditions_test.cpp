#include "link/conditions.h"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace tandem::link {
namespace {

LinkConditions read(std::string_view text) {
  const base::Json json = base::parse_json(text, "fleet.yaml");
  return read_conditions(base::JsonView(json, "fleet.yaml: link"));
}

TEST(LinkConditions, ReadWhatTheyPrint) {
  const LinkConditions conditions{10, 2.5, base::Milliseconds(40), base::Milliseconds(3), true, true};
  EXPECT_EQ(read(to_json(conditions).dump()), conditions);
}

TEST(LinkConditions, BandwidthSetsBothDirectionsAndOneCanDiffer) {
  const LinkConditions conditions = read(R"({"bandwidth_mbps": 10, "up_mbps": 2})");
  EXPECT_EQ(conditions.up_mbps, 2);
  EXPECT_EQ(conditions.down_mbps, 10);
}

TEST(LinkConditions, RefuseUnknownKeysAndNumbersOutOfRange) {
  EXPECT_THROW(read(R"({"delay": 5})"), base::Error);
  EXPECT_THROW(read(R"({"bandwidth_mbps": -1})"), base::Error);
  EXPECT_THROW(read(R"({"one_way_delay_ms": 1e9})"), base::Error);
  EXPECT_THROW(read(R"({"stalled": 1})"), base::Error);
}

TEST(LinkConditions, CheckRefusesNegativeHugeAndNan) {
  EXPECT_TRUE(check(LinkConditions{}).ok());
  for (const double bad : {-1.0, 1e9, std::nan("")}) {
    EXPECT_FALSE(check(LinkConditions{.up_mbps = bad}).ok()) << bad;
    EXPECT_FALSE(check(LinkConditions{.down_mbps = bad}).ok()) << bad;
    EXPECT_FALSE(check(LinkConditions{.one_way_delay = base::Milliseconds(bad)}).ok()) << bad;
    EXPECT_FALSE(check(LinkConditions{.jitter = base::Milliseconds(bad)}).ok()) << bad;
  }
}

LinkConditions of_packets() {
  return {.jitter_correlation_percent = 40,
          .loss_percent = 1,
          .burst_packets = 4,
          .burst_loss_percent = 80,
          .reorder_percent = 2,
          .reorder_delay = base::Milliseconds(3),
          .duplicate_percent = 5,
          .queue_time = base::Milliseconds(50),
          .codel = true};
}

TEST(LinkConditions, OfPacketsAreReadAsTheyArePrinted) {
  const base::Json json = to_json(of_packets());
  EXPECT_EQ(read_conditions(base::JsonView(json, "link"), Carrier::Packets), of_packets());
}

TEST(LinkConditions, BytesRefuseEachOfPackets) {
  const base::Json all = to_json(of_packets());
  for (const char* key : {"loss_percent", "burst_packets", "burst_loss_percent", "reorder_percent", "reorder_ms",
                          "duplicate_percent", "queue_ms", "codel"}) {
    const base::Json one{{key, all.at(key)}};
    EXPECT_THROW(read(one.dump()), base::Error) << key;
    EXPECT_NO_THROW(read_conditions(base::JsonView(one, "link"), Carrier::Packets)) << key;
  }
  EXPECT_NO_THROW(read(R"({"jitter_correlation_percent": 40})"));
}

TEST(LinkConditions, APresetMayBeChanged) {
  const LinkConditions conditions = read(R"({"preset": "dsl", "up_mbps": 2})");
  EXPECT_EQ(conditions.up_mbps, 2);
  EXPECT_EQ(conditions.down_mbps, 10);
}

TEST(LinkConditions, CheckRefusesContradictions) {
  for (const LinkConditions& conditions :
       {LinkConditions{.loss_percent = 101}, LinkConditions{.burst_packets = 0.5},
        LinkConditions{.loss_percent = 60, .burst_packets = 2, .burst_loss_percent = 50},
        LinkConditions{.queue_kb = 1, .queue_time = base::Milliseconds(1)}, LinkConditions{.queue_kb = 1e7},
        LinkConditions{.duplicate_percent = std::nan("")}}) {
    EXPECT_FALSE(check(conditions, Carrier::Packets).ok());
  }
}

TEST(LinkConditions, CheckNamesTheValueAndTheRange) {
  const auto status = check(LinkConditions{.up_mbps = -1});
  EXPECT_EQ(status.error().message(), "link bandwidth is -1, expected 0 to 100000 Mbit/s");
}

}  // namespace
}  // namespace tandem::link
