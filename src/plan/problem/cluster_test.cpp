// How a cluster of machines is written: targets by kind and number, links between all of them, limits on their number.
#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "plan/problem/constraint_text.h"
#include "plan/problem/problem_json.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

using Indices = std::vector<std::size_t>;

// A camera, and five boards of two kinds without an order.
base::Json cluster() {
  return base::parse_json(R"json({
    "format": "tandem.problem", "version": 1, "tiers": ["camera", "boards"], "input_bytes": 1000,
    "blocks": [{"name": "stem", "output_bytes": 500}, {"name": "head"}],
    "targets": [{"name": "camera", "tier": "camera", "block_ms": [9, 9]},
                {"name": "pi", "count": 3, "tier": "boards", "block_ms": [4, 5]},
                {"name": "left", "kind": "nano", "tier": "boards", "block_ms": [2, 1]},
                {"name": "right", "kind": "nano", "tier": "boards", "block_ms": [2, 1]}],
    "links": [{"from": "camera", "to": "boards", "round_trip_ms": 2, "upload_mbps": 50},
              {"between": "boards", "round_trip_ms": 1, "upload_mbps": 100}],
    "constraints": ["use at most 2 of pi"]})json",
                          "p.json");
}

Problem read(const base::Json& json) {
  return problem_from_json(json, "p.json");
}

std::string complaint(const char* pointer, const char* value) {
  base::Json json = cluster();
  json[base::Json::json_pointer(pointer)] = base::parse_json(value, "value");
  try {
    (void)read(json);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::InvalidInput);
    return error.message();
  }
  return "no error";
}

TEST(Cluster, HasNumberedTargetsOfAKind) {
  const Problem problem = read(cluster());
  ASSERT_EQ(problem.targets.size(), 6u);
  EXPECT_EQ(problem.targets[1].name, "pi1");
  EXPECT_EQ(problem.targets[3].name, "pi3");
  EXPECT_EQ(problem.targets[3].kind, "pi");
  EXPECT_EQ(problem.targets[3].block_ms, (std::vector<double>{4, 5}));
  EXPECT_EQ(problem.targets[5].kind, "nano");
}

TEST(Cluster, HasLinksBothWaysBetweenAllTargetsOfATier) {
  const Problem problem = read(cluster());
  EXPECT_EQ(problem.links.size(), 5u + 5u * 4u);
  EXPECT_EQ(unordered_tiers(problem), (std::vector<char>{0, 1}));
}

TEST(Cluster, LinksKinds) {
  base::Json json = cluster();
  json["links"] = base::parse_json(R"([{"from": "camera", "to": "pi", "round_trip_ms": 2, "upload_mbps": 50},
    {"from": "pi", "to": "nano", "round_trip_ms": 1, "upload_mbps": 100}])",
                                   "links");
  EXPECT_EQ(read(json).links.size(), 3u + 6u);
}

TEST(Cluster, KeepsItsMeaningWhenWrittenAndReadAgain) {
  const Problem problem = read(cluster());
  const Problem again = read(to_json(problem));
  EXPECT_EQ(again.targets, problem.targets);
  EXPECT_EQ(again.links, problem.links);
  EXPECT_EQ(to_json(again), to_json(problem));
}

TEST(Cluster, GivesTimesOfCodecsByKind) {
  base::Json json = cluster();
  json.erase("input_bytes");
  json["blocks"][0].erase("output_bytes");
  json["tensors"] = base::parse_json(R"([{"to": ["stem"], "encodings": [{"bytes": 9, "decode_ms": {"pi": 3}}]}])", "t");
  EXPECT_EQ(read(json).tensors[0].encodings[0].decode_ms, (std::vector<double>{0, 3, 3, 3, 0, 0}));
}

TEST(Cluster, LimitsTheNumberOfItsTargets) {
  const Problem problem = read(cluster());
  const Constraint& few = problem.constraints.at(0);
  EXPECT_EQ(few.kind, ConstraintKind::UsesFew);
  EXPECT_EQ(few.targets, (Indices{1, 2, 3}));
  EXPECT_EQ(few.limit, 2);
  Constraint nameless = few;
  nameless.text.clear();
  EXPECT_EQ(text_of(problem, nameless), "use at most 2 of pi1,pi2,pi3");
  EXPECT_EQ(parse_constraint(problem, "use nano,pi").targets, (Indices{1, 2, 3, 4, 5}));
}

TEST(Cluster, SaysWhatIsWrong) {
  EXPECT_EQ(complaint("/constraints/0", R"("use at most two of pi")"),
            "p.json: constraints[0]: constraint 'use at most two of pi': expected a number that is not "
            "negative, found 'two of pi'");
  EXPECT_EQ(complaint("/constraints/0", R"("use at most 1.5 of pi")"),
            "p.json: constraints[0]: constraint 'use at most 1.5 of pi': expected a whole number of targets");
  EXPECT_EQ(complaint("/constraints/0", R"("use at most 2 pi")"),
            "p.json: constraints[0]: constraint 'use at most 2 pi': expected 'of', found 'pi'");
  EXPECT_EQ(complaint("/links/1/between", R"("left")"),
            "p.json: links[1]: between: expected a kind or a tier of several targets, found \"left\"");
  EXPECT_EQ(complaint("/links/1/from", R"("pi")"),
            "p.json: links[1]: between: expected either this or 'from' and 'to', found \"boards\"");
  EXPECT_EQ(
      complaint("/links/0/to", R"("boats")"),
      "p.json: links[0]: to: expected the name of a target (camera, pi1, pi2, pi3, left, right), found \"boats\"");
  EXPECT_EQ(complaint("/targets/1/count", "0"),
            "p.json: targets[1]: count: expected a whole number in [1, 99999], found 0");
  EXPECT_EQ(complaint("/targets/1/count", "100"),
            "p.json: links: tiers with links between their targets have 102 targets, expected at most 64");
  EXPECT_EQ(complaint("/targets/3/name", R"("pi2")"),
            "p.json: targets[3]: name: expected a name that no other target has, found \"pi2\"");
}

TEST(Cluster, HasNoLinkFromATargetToItself) {
  Problem problem = three_targets();
  problem.links.push_back({1, 1, 1, 1, 1});
  EXPECT_NE(complaint_about(problem).find("it leads nowhere, expected another target"), std::string::npos);
}

// A few bytes of a file must not become gigabytes of times.
TEST(Cluster, BoundsTheTimesThatACountStandsFor) {
  base::Json json = cluster();
  json["blocks"] = base::Json(300, {{"output_bytes", 1}});
  for (auto& target : json["targets"]) target["block_ms"] = base::Json(300, 1);
  json["targets"][1]["count"] = 90'000;
  try {
    (void)read(json);
    ADD_FAILURE() << "27 million times were read";
  } catch (const base::Error& error) {
    EXPECT_STREQ(error.what(),
                 "p.json: targets[1]: count: expected at most 20000000 times of blocks in all, 300 each, found 90000");
  }
}

}  // namespace
}  // namespace tandem::plan
