#include "fleet/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace tandem::fleet {
namespace {

constexpr const char* kFleet = R"(
targets:
  - {name: device, tier: device}
  - {name: edge, tier: edge, address: "127.0.0.1:7102"}
  - {name: cloud, tier: cloud, address: "127.0.0.1:7103"}
links:
  - {from: device, to: edge, via: "127.0.0.1:7202"}
  - {from: edge, to: cloud}
)";

std::string message_of(const std::string& fleet) {
  try {
    parse_fleet(fleet, "fleet.yaml");
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(Fleet, TakesLinksAsWrittenWithTheirDetours) {
  const Fleet fleet = parse_fleet(kFleet, "fleet.yaml");
  ASSERT_EQ(fleet.targets.size(), 3u);
  EXPECT_EQ(fleet.targets[0].address, kHere);
  EXPECT_EQ(fleet.find_link(0, 1)->address, "127.0.0.1:7202");
  EXPECT_EQ(fleet.find_link(1, 2)->address, "127.0.0.1:7103");
  EXPECT_EQ(fleet.find_link(0, 2), nullptr);
}

TEST(Fleet, TakesMemoryLimitsAndPowerFigures) {
  const Fleet fleet = parse_fleet(
      "targets: [{name: d, tier: device, memory_limit_bytes: 64e6, compute_watts: 2.5, send_watts: 1}]", "f.yaml");
  EXPECT_EQ(fleet.targets[0].memory_limit_bytes, 64e6);
  EXPECT_EQ(fleet.targets[0].compute_watts, 2.5);
  EXPECT_EQ(fleet.targets[0].send_watts, 1);
  EXPECT_EQ(fleet.targets[0].receive_watts, 0);
  EXPECT_THROW(parse_fleet("targets: [{name: d, tier: device, send_watts: -1}]", "f.yaml"), base::Error);
}

TEST(Fleet, TakesPricesAndReplicas) {
  const Fleet fleet = parse_fleet(
      "targets: [{name: d, tier: device}, {name: e, tier: edge, address: 'h:1', price_per_hour: 0.5, replicas: 3}]\n"
      "links: [{from: d, to: e, price_per_gb: 0.09}]",
      "f.yaml");
  EXPECT_EQ(fleet.targets[1].price_per_hour, 0.5);
  EXPECT_EQ(fleet.targets[1].replicas, 3u);
  EXPECT_EQ(fleet.links.at(0).price_per_gb, 0.09);
  EXPECT_THROW(parse_fleet("targets: [{name: d, tier: device, replicas: 0}]", "f.yaml"), base::Error);
}

TEST(Fleet, NamesACongestionControl) {
  const auto read = [](const std::string& line) {
    return parse_fleet("targets: [{name: d, tier: device}]" + line, "f.yaml").congestion_control;
  };
  EXPECT_EQ(read(""), std::nullopt);
  EXPECT_EQ(read("\ncongestion_control: cubic"), "cubic");
  EXPECT_EQ(read("\ncongestion_control: system"), "");
  EXPECT_THROW(read("\ncongestion_control: 'a b'"), base::Error);
  EXPECT_THROW(read("\ncongestion_control: abcdefghijklmnop"), base::Error);
}

TEST(Fleet, LinksEveryTierToLaterOnesWhenNoneAreWritten) {
  const std::string text(kFleet);
  const Fleet fleet = parse_fleet(text.substr(0, text.find("links")), "fleet.yaml");
  EXPECT_EQ(fleet.links.size(), 3u);
  EXPECT_NE(fleet.find_link(0, 2), nullptr);
}

constexpr const char* kBoards = R"(
targets:
  - {name: camera, tier: device}
  - {name: pi1, tier: edge, kind: pi, address: "127.0.0.1:7102"}
  - {name: pi2, tier: edge, kind: pi, address: "127.0.0.1:7103"}
  - {name: nano, tier: edge, address: "127.0.0.1:7104"}
)";

TEST(Fleet, LinksAllTargetsOfATierOrAKindInOneLine) {
  const Fleet fleet =
      parse_fleet(std::string(kBoards) + "links: [{from: camera, to: edge}, {between: edge}]", "f.yaml");
  EXPECT_EQ(fleet.links.size(), 3u + 6u);
  EXPECT_EQ(fleet.find_link(3, 1)->address, "127.0.0.1:7102");
  EXPECT_EQ(fleet.targets[1].kind, "pi");
  const Fleet some =
      parse_fleet(std::string(kBoards) + "links: [{from: camera, to: pi}, {from: pi, to: nano}]", "f.yaml");
  EXPECT_EQ(some.links.size(), 4u);
  EXPECT_EQ(some.find_link(1, 2), nullptr);
}

TEST(Fleet, SaysWhyALinkOfSeveralIsWrong) {
  const auto message = [](const std::string& link) {
    return message_of(std::string(kBoards) + "links: [" + link + "]");
  };
  EXPECT_EQ(message("{between: nano}"),
            R"(fleet.yaml: links[0]: between: expected a kind or a tier of several targets, found "nano")");
  EXPECT_EQ(message("{between: edge, to: nano}"),
            R"(fleet.yaml: links[0]: between: expected either this or 'from' and 'to', found "edge")");
  EXPECT_EQ(message("{from: camera, to: edge, via: 'h:1'}"),
            R"(fleet.yaml: links[0]: via: expected none, where the link stands for several, found "h:1")");
  EXPECT_NE(message("{from: pi1, to: pi1}").find("expected a link to another target"), std::string::npos);
  EXPECT_NE(message("{between: boards}").find("no target 'boards' in the fleet"), std::string::npos);
}

TEST(Fleet, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(message_of("targets: [{name: a, tier: moon}]"),
            R"(fleet.yaml: targets[0]: tier: expected device, edge or cloud, found "moon")");
  EXPECT_EQ(message_of("targets: [{name: a, tier: device, address: nowhere}]"),
            "fleet.yaml: targets[0]: address: 'nowhere' is no address: it has no port; expected HOST:PORT, such as "
            "10.0.0.2:7101, edge.local:7101 or [::1]:7101");
  EXPECT_EQ(message_of("targets: [{name: a, tier: device, address: 'h:0'}]"),
            "fleet.yaml: targets[0]: address: expected a port from 1 to 65535: only an agent that listens may ask for "
            "any free one, found \"h:0\"");
  EXPECT_EQ(message_of("targets: [{name: a, tier: device}, {name: a, tier: edge, address: 'h:1'}]"),
            "fleet.yaml: target 'a' is listed twice");
  EXPECT_EQ(message_of("targets: [{name: a, tier: device}, {name: b, tier: edge}]"),
            "fleet.yaml: target 'b' has no address; only the first may run here");
  EXPECT_EQ(message_of("tragets: []"),
            "fleet.yaml: unknown key 'tragets', expected one of: targets, links, certificates, "
            "congestion_control");
}

TEST(Fleet, RefusesAddressesOfOtherForms) {
  for (const std::string address : {"127.0.0.1", "h:99999", "h:65536", "::1:7101", "http://h:1", ":7101"}) {
    EXPECT_THAT(message_of("targets: [{name: a, tier: device}, {name: b, tier: edge, address: '" + address + "'}]"),
                testing::HasSubstr("targets[1]: address: '" + address + "' is no address"))
        << address;
  }
}

TEST(Fleet, BeginsAtADeviceAndLinksLeadOn) {
  EXPECT_EQ(message_of("targets: [{name: e, tier: edge, address: \"127.0.0.1:7102\"}]"),
            "fleet.yaml: the first target is where requests come from; expected tier device, found edge");
  const std::string back = message_of(
      "targets: [{name: d, tier: device}, {name: e, tier: edge, address: \"127.0.0.1:7102\"}]\n"
      "links: [{from: e, to: d}]");
  EXPECT_NE(back.find("a link to the same or a later tier (device, then edge, then cloud)"), std::string::npos) << back;
}

TEST(Fleet, RefusesMoreTargetsThanItCanLink) {
  std::string text = "targets:\n- {name: d, tier: device}\n";
  for (int i = 0; i < 1000; ++i) text += "- {name: e" + std::to_string(i) + ", tier: edge, address: 'h:1'}\n";
  EXPECT_EQ(message_of(text), "fleet.yaml: targets: 1001 entries, expected at most 1000");
}

}  // namespace
}  // namespace tandem::fleet
