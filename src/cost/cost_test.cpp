#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"
#include "base/file.h"
#include "cost/exchange.h"
#include "cost/fleet.h"
#include "cost/store.h"

namespace tandem::cost {
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

class StoreTest : public testing::Test {
 protected:
  StoreTest() : folder_(std::filesystem::temp_directory_path() / ("tandem-store-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~StoreTest() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path path() const { return folder_ / "costs.db"; }

 private:
  std::filesystem::path folder_;
};

ModelCosts some_costs() {
  return {"digest", "edge", "x86_64, 2 cores", "onnxruntime",      1000, 10.5, 10.1,
          10.9,     0.25,   {1.5, 0, 8.75},    {true, false, true}};
}

Costs everything() {
  return {{some_costs()}, {{"device", "edge", 1000, 5.5, 10, 20}}, {{"digest", "edge", 0, 2, 3.25, 3, 3.5, 1001}}};
}

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

TEST(Fleet, LinksEveryTierToLaterOnesWhenNoneAreWritten) {
  const std::string text(kFleet);
  const Fleet fleet = parse_fleet(text.substr(0, text.find("links")), "fleet.yaml");
  EXPECT_EQ(fleet.links.size(), 3u);
  EXPECT_NE(fleet.find_link(0, 2), nullptr);
}

TEST(Fleet, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(message_of("targets: [{name: a, tier: moon}]"),
            R"(fleet.yaml: targets[0]: tier: expected device, edge or cloud, found "moon")");
  EXPECT_EQ(message_of("targets: [{name: a, tier: device, address: nowhere}]"),
            R"(fleet.yaml: targets[0]: address: expected host:port, found "nowhere")");
  EXPECT_EQ(message_of("targets: [{name: a, tier: device}, {name: a, tier: edge, address: 'h:1'}]"),
            "fleet.yaml: target 'a' is listed twice");
  EXPECT_EQ(message_of("targets: [{name: a, tier: device}, {name: b, tier: edge}]"),
            "fleet.yaml: target 'b' has no address; only the first may run here");
  EXPECT_EQ(message_of("tragets: []"),
            "fleet.yaml: unknown key 'tragets', expected one of: targets, links, certificates");
}

TEST(Fleet, RefusesMoreTargetsThanItCanLink) {
  std::string text = "targets:\n- {name: d, tier: device}\n";
  for (int i = 0; i < 1000; ++i) text += "- {name: e" + std::to_string(i) + ", tier: edge, address: 'h:1'}\n";
  EXPECT_EQ(message_of(text), "fleet.yaml: targets: 1001 entries, expected at most 1000");
}

TEST_F(StoreTest, GivesBackWhatItWasGiven) {
  Store store(path());
  write_all(store, everything());
  EXPECT_EQ(read_all(store), everything());
  EXPECT_EQ(store.model_costs("digest", "edge"), some_costs());
  EXPECT_EQ(store.model_costs("digest", "moon"), std::nullopt);
}

TEST_F(StoreTest, ReplacesUnderTheSameKey) {
  Store store(path());
  ModelCosts costs = some_costs();
  store.put(costs);
  costs.whole_ms = 99;
  store.put(costs);
  EXPECT_EQ(store.all_model_costs(), std::vector{costs});
}

TEST_F(StoreTest, IsSharedByTwoProcessesWorthOfConnections) {
  Store one(path());
  Store two(path());
  one.put(some_costs());
  EXPECT_TRUE(two.model_costs("digest", "edge").has_value());
}

TEST_F(StoreTest, RefusesAFileThatIsNoStore) {
  base::write_file(path(), std::string(5000, 'x'));
  EXPECT_THROW(Store{path()}, base::Error);
}

TEST(Exchange, ReadsBackWhatItWrote) {
  EXPECT_EQ(costs_from_json(to_json(everything()), "profile.json"), everything());
}

TEST(Exchange, RefusesNegativeTimesAndOtherVersions) {
  base::Json json = to_json(everything());
  json["models"][0]["layer_ms"][0] = -1;
  EXPECT_THROW(costs_from_json(json, "profile.json"), base::Error);
  json = to_json(everything());
  json["version"] = 2;
  EXPECT_THROW(costs_from_json(json, "profile.json"), base::Error);
  json = to_json(everything());
  json["models"][0]["ends_kernel"] = base::Json::array();
  EXPECT_THROW(costs_from_json(json, "profile.json"), base::Error);
}

}  // namespace
}  // namespace tandem::cost
