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

TEST(LinkConditions, CheckNamesTheValueAndTheRange) {
  const auto status = check(LinkConditions{.up_mbps = -1});
  EXPECT_EQ(status.error().message(), "link bandwidth is -1, expected 0 to 100000 Mbit/s");
}

}  // namespace
}  // namespace tandem::link
