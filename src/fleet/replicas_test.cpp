#include "fleet/replicas.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace tandem::fleet {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Fleet fleet_of(const std::string& edge, const std::string& rest = "") {
  return parse_fleet("targets:\n- {name: device, tier: device}\n- {name: edge, tier: edge, " + edge +
                         "}\n- {name: cloud, tier: cloud, address: 'c:1'}\n" + rest,
                     "f.yaml");
}

std::string message_of(const std::string& edge, const std::string& rest = "") {
  try {
    fleet_of(edge, rest);
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

constexpr const char* kTwo = "addresses: ['a:1', 'b:2']";

TEST(Replicas, AreAsManyAsAddresses) {
  const Fleet fleet = fleet_of(kTwo);
  EXPECT_EQ(fleet.targets[1].replicas, 2u);
  EXPECT_EQ(fleet.targets[1].address, "a:1");
  EXPECT_THAT(machines_of(fleet.targets[1]), ElementsAre("edge.1", "edge.2"));
  EXPECT_THAT(machines_of(fleet.targets[2]), ElementsAre("cloud"));
  EXPECT_EQ(fleet_of("replicas: 2, addresses: ['a:1', 'b:2']").targets[1].replicas, 2u);
}

TEST(Replicas, OfOneAddressAreOneMachine) {
  EXPECT_THAT(machines_of(fleet_of("addresses: ['a:1']").targets[1]), ElementsAre("edge"));
  EXPECT_EQ(fleet_of("addresses: ['a:1']").targets[1].replicas, 1u);
  EXPECT_THAT(machines_of(fleet_of("replicas: 3, address: 'a:1'").targets[1]), ElementsAre("edge"));
}

TEST(Replicas, ApartHaveLinksOfTheirOwn) {
  const Fleet apart = with_replicas_apart(fleet_of(kTwo));
  ASSERT_EQ(apart.targets.size(), 4u);
  EXPECT_EQ(apart.targets[2].name, "edge.2");
  EXPECT_EQ(apart.targets[2].address, "b:2");
  EXPECT_EQ(apart.targets[2].replicas, 1u);
  EXPECT_EQ(apart.links.size(), 2u + 1u + 2u);
  EXPECT_EQ(apart.find_link(0, 2)->address, "b:2");
  EXPECT_EQ(apart.find_link(2, 3)->address, "c:1");
  EXPECT_EQ(apart.find_link(1, 2), nullptr);
}

TEST(Replicas, ChangeNothingWhereThereAreNone) {
  const Fleet fleet = fleet_of("address: 'a:1'");
  const Fleet apart = with_replicas_apart(fleet);
  EXPECT_EQ(apart.targets.size(), fleet.targets.size());
  EXPECT_EQ(apart.links.size(), fleet.links.size());
  EXPECT_EQ(apart.find_link(0, 1)->address, "a:1");
}

TEST(Replicas, MayEachBeReachedByADetour) {
  const Fleet fleet = fleet_of(kTwo, "links: [{from: device, to: edge, via: ['x:1', 'y:1'], price_per_gb: 2}]");
  const Fleet apart = with_replicas_apart(fleet);
  EXPECT_EQ(apart.find_link(0, 1)->address, "x:1");
  EXPECT_EQ(apart.find_link(0, 2)->address, "y:1");
  EXPECT_EQ(apart.find_link(0, 2)->price_per_gb, 2);
}

TEST(Replicas, SayWhatIsWrongAndWhere) {
  EXPECT_EQ(message_of("address: 'a:1', addresses: ['b:1']"),
            R"(f.yaml: targets[1]: addresses: expected either 'address' or 'addresses', found ["b:1"])");
  EXPECT_EQ(message_of("address: ['a:1', 'b:1']"),
            "f.yaml: targets[1]: address: expected one address: those of replicas are 'addresses', found "
            R"(["a:1","b:1"])");
  EXPECT_EQ(message_of("replicas: 3, addresses: ['a:1', 'b:1']"),
            "f.yaml: targets[1]: replicas: expected as many as 'addresses' has, 2, found 3");
  EXPECT_EQ(message_of("addresses: []"), "f.yaml: targets[1]: addresses: expected at least one address, found []");
  EXPECT_EQ(message_of("addresses: ['a:1', 'a:1']"),
            R"(f.yaml: targets[1]: addresses[1]: expected another address than those before it, found "a:1")");
  EXPECT_THAT(message_of("addresses: ['a:1', here]"), HasSubstr("targets[1]: addresses[1]: 'here' is no address"));
  EXPECT_THAT(message_of("addresses: 'a:1'"), HasSubstr("targets[1]: addresses: expected"));
  EXPECT_THAT(message_of(kTwo, "links: [{from: device, to: edge, via: 'x:1'}]"),
              HasSubstr("links[0]: via: expected a list of 2 addresses, one for each replica"));
  EXPECT_THAT(message_of(kTwo, "links: [{from: device, to: edge, via: ['x:1']}]"),
              HasSubstr("links[0]: via: expected 2 addresses, one for each replica"));
  EXPECT_THAT(message_of("address: 'a:1'", "links: [{from: device, to: edge, via: ['x:1']}]"),
              HasSubstr("links[0]: via: expected"));
}

TEST(Replicas, HaveNamesThatNoTargetMayHave) {
  EXPECT_EQ(message_of("addresses: ['a:1', 'b:1']}\n- {name: edge.2, tier: edge, address: 'd:1'"),
            "f.yaml: target 'edge.2' has the name of a replica of 'edge'");
}

TEST(Replicas, AreNotWhereRequestsComeFrom) {
  try {
    parse_fleet("targets: [{name: d, tier: device, addresses: ['a:1', 'b:1']}]", "f.yaml");
    FAIL();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.message(), "f.yaml: requests come from 'd': expected one address or none, found 2");
  }
}

TEST(Replicas, CountAsMachines) {
  std::string addresses = "addresses: [";
  for (int i = 1; i <= 999; ++i) addresses += "'h:" + std::to_string(i) + "', ";
  EXPECT_EQ(message_of(addresses + "]"), "f.yaml: 1001 machines, expected at most 1000");
}

}  // namespace
}  // namespace tandem::fleet
