#include "plan/problem/problem_json.h"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace tandem::plan {
namespace {

using base::Json;
using Indices = std::vector<std::size_t>;

// The short form, as written by hand.
const char* const kChain = R"({
  "format": "tandem.problem", "version": 1,
  "input_bytes": 150000,
  "blocks": [{"name": "stem", "output_bytes": 40000}, {"name": "body", "output_bytes": 9000}, {"name": "head", "output_bytes": 400}],
  "targets": [{"name": "phone", "tier": "device", "block_ms": [10, 40, 20]},
              {"name": "server", "tier": "cloud", "block_ms": [1, 4, 2.5], "stage_overhead_ms": 0.5, "exit_ms": 0.25}],
  "links": [{"from": "phone", "to": "server", "round_trip_ms": 30, "upload_mbps": 8}],
  "constraints": ["latency <= 0.5s"]
})";

// The long form with everything in it.
const char* const kGraph = R"json({
  "format": "tandem.problem", "version": 1,
  "tiers": ["near", "far"],
  "blocks": [{"name": "a", "layers": [0, 3], "memory_bytes": 1e6}, {"name": "b", "layers": [4, 4]},
             {"name": "c", "layers": [5, 9], "memory_bytes": 2.5e6}],
  "tensors": [
    {"from": "input", "to": ["a"], "bytes": 3000},
    {"name": "shared", "from": "a", "to": ["c", "b"], "encodings": [
      {"bytes": 800},
      {"codec": "int8", "bytes": 200, "accuracy_loss": 0.25, "encode_ms": {"camera": 1.5}, "decode_ms": {"rack": 0.1}},
      {"codec": "gone", "bytes": 100, "decode_ms": {"rack": null}}]},
    {"from": "b", "to": ["c"]}],
  "targets": [{"name": "camera", "tier": "near", "block_ms": [5, 6, 7], "load": 1.25, "memory_limit_bytes": 2e6,
               "compute_watts": 3, "send_watts": 1.5, "receive_watts": 1, "price_per_hour": 0.25, "replicas": 3,
               "segments": [{"first": "a", "last": "b", "ms": 9.5}, {"first": "c", "last": "c", "ms": 8}]},
              {"name": "rack", "tier": "far", "block_ms": [0.5, null, 0.7]}],
  "links": [{"from": "camera", "to": "rack", "round_trip_ms": 4, "upload_mbps": 10, "download_mbps": 40,
             "price_per_gb": 0.09, "waits": [{"above_bytes": 14600, "ms": 40}, {"above_bytes": 43800, "ms": 70.5}],
             "least_bytes": 10, "most_bytes": 90000}],
  "exits": [{"name": "early", "block": "b"}, {"name": "last", "block": "c"}],
  "policies": [{"name": "early at 0.8", "accuracy": 91.5,
                "exits": [{"exit": "early", "share": 0.6, "threshold": 0.8}, {"exit": "last", "share": 0.4}]}],
  "answer_bytes": 40, "header_bytes": 300, "exit_header_bytes": 20, "relays": false, "bypass": true, "latency_quantile": 0.95,
  "objective": "latency + 0.001*upload(camera->rack)",
  "constraints": ["private on camera", "accuracy >= 90%", "upload <= 1MB"]
})json";

Problem read(const Json& json) {
  return problem_from_json(json, "p.json");
}

Problem read(const char* text) {
  return read(base::parse_json(text, "p.json"));
}

// The error of reading the problem with `value` (JSON) at `pointer`.
std::string complaint(const char* text, const char* pointer, const char* value) {
  Json json = base::parse_json(text, "p.json");
  json[Json::json_pointer(pointer)] = base::parse_json(value, "value");
  try {
    read(json);
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::InvalidInput);
    return error.message();
  }
  return "no error";
}

// The same without `key` of the object at `pointer`.
std::string complaint_without(const char* text, const char* pointer, const char* key) {
  Json json = base::parse_json(text, "p.json");
  json[Json::json_pointer(pointer)].erase(key);
  try {
    read(json);
  } catch (const base::Error& error) {
    return error.message();
  }
  return "no error";
}

TEST(ProblemJson, ReadsAChainInTheShortForm) {
  const Problem problem = read(kChain);
  EXPECT_EQ(problem.tiers, (std::vector<std::string>{"device", "edge", "cloud"}));
  ASSERT_EQ(problem.tensors.size(), 3);
  EXPECT_EQ(problem.tensors[0].producer, kNone);
  EXPECT_EQ(problem.tensors[0].consumers, Indices{0});
  EXPECT_EQ(problem.tensors[2].producer, 1);
  EXPECT_EQ(problem.tensors[2].consumers, Indices{2});
  EXPECT_EQ(problem.tensors[2].encodings.at(0).bytes, 9000);
  EXPECT_EQ(problem.tensors[2].encodings.at(0).codec, "raw");
}

TEST(ProblemJson, FillsInDefaults) {
  const Problem problem = read(kChain);
  EXPECT_EQ(problem.blocks[1].first, 1);
  EXPECT_EQ(problem.blocks[1].last, 2);
  EXPECT_EQ(problem.targets[1].tier, 2);
  EXPECT_EQ(problem.targets[1].load, 1);
  EXPECT_EQ(problem.targets[1].memory_limit_bytes, kUnlimited);
  EXPECT_EQ(problem.links[0].download_mbps, 8);
  EXPECT_EQ(problem.answer_bytes, 400);
  EXPECT_TRUE(problem.allows_relays);
  EXPECT_EQ(problem.objective.kind, ObjectiveKind::Latency);
  EXPECT_EQ(problem.constraints.at(0).limit, 500);
}

TEST(ProblemJson, ReadsAGraphInTheLongForm) {
  const Problem problem = read(kGraph);
  EXPECT_EQ(problem.blocks[2].first, 5);
  EXPECT_EQ(problem.blocks[2].last, 10);
  EXPECT_EQ(problem.tensors[1].name, "shared");
  EXPECT_EQ(problem.tensors[1].producer, 0);
  EXPECT_EQ(problem.tensors[1].consumers, (Indices{1, 2}));
  EXPECT_EQ(problem.tensors[1].encodings.at(1).encode_ms, (std::vector<double>{1.5, 0}));
  EXPECT_EQ(problem.tensors[1].encodings.at(1).decode_ms, (std::vector<double>{0, 0.1}));
  EXPECT_EQ(problem.tensors[1].encodings.at(1).accuracy_loss, 0.25);
  EXPECT_TRUE(problem.tensors[2].encodings.empty());
  EXPECT_EQ(problem.tensors[2].name, "b");
  EXPECT_EQ(problem.targets[0].memory_limit_bytes, 2e6);
  EXPECT_EQ(problem.links[0].download_mbps, 40);
  EXPECT_EQ(problem.links[0].waits, (std::vector<Wait>{{14'600, 40}, {43'800, 70.5}}));
  EXPECT_EQ(problem.links[0].least_bytes, 10);
  EXPECT_EQ(problem.links[0].most_bytes, 90'000);
}

TEST(ProblemJson, ReadsPricesReplicasSegmentsAndAbilities) {
  const Problem problem = read(kGraph);
  EXPECT_EQ(problem.targets[0].price_per_hour, 0.25);
  EXPECT_EQ(problem.links[0].price_per_gb, 0.09);
  EXPECT_EQ(problem.targets[0].replicas, 3u);
  ASSERT_EQ(problem.targets[0].segments.size(), 2u);
  EXPECT_EQ(problem.targets[0].segments[0].last, 2u);
  EXPECT_EQ(problem.targets[0].segments[0].ms, 9.5);
  EXPECT_EQ(problem.targets[1].block_ms[1], kCannotRun);
  EXPECT_EQ(problem.tensors[1].encodings.at(2).decode_ms, (std::vector<double>{0, kCannotRun}));
}

TEST(ProblemJson, ReadsExitsObjectiveAndConstraints) {
  const Problem problem = read(kGraph);
  EXPECT_EQ(problem.exits.at(0).block, 1);
  EXPECT_EQ(problem.policies.at(0).accuracy, 91.5);
  EXPECT_EQ(problem.policies[0].exits.at(0).threshold, 0.8);
  EXPECT_EQ(problem.policies[0].exits.at(1).exit, 1);
  EXPECT_FALSE(problem.allows_relays);
  EXPECT_TRUE(problem.allows_bypass);
  EXPECT_EQ(problem.latency_quantile, 0.95);
  EXPECT_EQ(problem.objective.kind, ObjectiveKind::Weighted);
  EXPECT_EQ(problem.objective.links, Indices{0});
  EXPECT_EQ(problem.constraints.at(0).kind, ConstraintKind::Private);
  EXPECT_EQ(problem.constraints.at(1).limit, 10);
}

TEST(ProblemJson, ReplaysExitStatistics) {
  Json json = base::parse_json(kGraph, "p.json");
  json.erase("policies");
  json["exit_statistics"] = {
      {"confidence", {{0.9, 0.4}, {0.9, 0.6}}}, {"correct", {{true, false}, {1, 1}}}, {"thresholds", {0.5}}};
  const Problem problem = read(json);
  ASSERT_EQ(problem.policies.size(), 3);  // each exit alone, and the two with one threshold
  EXPECT_EQ(problem.policies[0].accuracy, 50);
  EXPECT_EQ(problem.policies[2].accuracy, 100);
  EXPECT_EQ(problem.policies[2].exits.at(0).share, 0.5);
}

TEST(ProblemJson, ReadsBackWhatItWrites) {
  for (const char* text : {kChain, kGraph}) {
    const Problem first = read(text);
    const Json written = to_json(first);
    const Problem second = read(base::parse_json(written.dump(), "again.json"));
    EXPECT_EQ(to_json(second), written);
    EXPECT_EQ(second.tensors.size(), first.tensors.size());
    EXPECT_EQ(second.tensors[1].consumers, first.tensors[1].consumers);
    EXPECT_EQ(second.targets[0].block_ms, first.targets[0].block_ms);
    EXPECT_EQ(second.blocks[2].last, first.blocks[2].last);
    EXPECT_EQ(second.constraints.size(), first.constraints.size());
    EXPECT_EQ(second.answer_bytes, first.answer_bytes);
    EXPECT_EQ(second.header_bytes, first.header_bytes);
    EXPECT_EQ(second.exit_header_bytes, first.exit_header_bytes);
  }
}

TEST(ProblemJson, KeepsEveryDigitOfANumber) {
  Problem problem = read(kChain);
  problem.targets[0].block_ms = {0.1 + 0.2, 1e-300, 123456789.12345678};
  EXPECT_EQ(read(to_json(problem)).targets[0].block_ms, problem.targets[0].block_ms);
}

TEST(ProblemJson, LetsABlockBeCalledInput) {
  Problem problem = read(kGraph);
  problem.blocks[1].name = "input";
  const Problem again = read(to_json(problem));
  EXPECT_EQ(again.tensors[0].producer, kNone);
  EXPECT_EQ(again.tensors[2].producer, 1);
}

TEST(ProblemJson, RefusesOtherFormatsAndMissingKeys) {
  EXPECT_EQ(complaint(kChain, "/format", "\"tandem.plan\""),
            "p.json: format: expected tandem.problem, found \"tandem.plan\"");
  EXPECT_EQ(complaint(kChain, "/version", "2"), "p.json: version: expected a whole number in [1, 1], found 2");
  EXPECT_EQ(
      complaint(kChain, "/targets/0/power", "3"),
      "p.json: targets[0]: unknown key 'power', expected one of: name, tier, kind, count, block_ms, stage_overhead_ms, "
      "exit_ms, load, memory_limit_bytes, compute_watts, send_watts, receive_watts, price_per_hour, "
      "segments, replicas");
  EXPECT_EQ(complaint_without(kChain, "/blocks/1", "output_bytes"), "p.json: blocks[1]: 'output_bytes' is missing");
  EXPECT_EQ(complaint_without(kGraph, "", "tensors"),
            "p.json: 'tensors' is missing, or, for a chain, 'input_bytes' and each block's 'output_bytes'");
  EXPECT_EQ(complaint(kGraph, "/input_bytes", "3"),
            "p.json: input_bytes: expected either this, for a chain, or 'tensors', found 3");
}

TEST(ProblemJson, RefusesUnknownNames) {
  EXPECT_EQ(complaint(kGraph, "/tensors/1/to/0", "\"d\""),
            "p.json: tensors[1]: to[0]: expected the name of a block (a, b, c), found \"d\"");
  EXPECT_EQ(complaint(kChain, "/targets/0/tier", "\"fog\""),
            "p.json: targets[0]: tier: expected the name of a tier (device, edge, cloud), found \"fog\"");
  EXPECT_EQ(complaint(kGraph, "/tensors/1/encodings/1/encode_ms", "{\"phone\": 1}"),
            "p.json: tensors[1]: encodings[1]: encode_ms: expected the name of a target (camera, rack), found "
            "\"phone\"");
  EXPECT_EQ(complaint(kGraph, "/policies/0/exits/0/exit", "\"none\""),
            "p.json: policies[0]: exits[0]: exit: expected the name of an exit (early, last), found \"none\"");
  EXPECT_EQ(complaint(kChain, "/constraints/0", "\"avoid edge-7\""),
            "p.json: constraints[0]: constraint 'avoid edge-7': no target or tier is called 'edge-7', expected one of: "
            "phone, server, device, edge, cloud");
  EXPECT_EQ(
      complaint(kChain, "/objective", "\"speed\""),
      "p.json: objective: objective 'speed': expected latency, accuracy, throughput, upload, energy, money or a sum "
      "with weights, found 'speed'");
}

TEST(ProblemJson, RefusesDuplicateNames) {
  EXPECT_EQ(complaint(kChain, "/targets/1/name", "\"phone\""),
            "p.json: targets[1]: name: expected a name that no other target has, found \"phone\"");
  EXPECT_EQ(complaint(kChain, "/blocks/2/name", "\"stem\""),
            "p.json: blocks[2]: name: expected a name that no other block has, found \"stem\"");
  EXPECT_EQ(complaint(kGraph, "/exits/1/name", "\"early\""),
            "p.json: exits[1]: name: expected a name that no other exit has, found \"early\"");
  EXPECT_EQ(complaint(kGraph, "/tensors/1/to", "[\"b\", \"b\"]"),
            "p.json: tensors[1]: to: expected each block once, found [\"b\",\"b\"]");
}

TEST(ProblemJson, RefusesInvalidNumbers) {
  EXPECT_EQ(complaint(kChain, "/targets/0/block_ms/1", "-1"),
            "p.json: targets[0]: block_ms[1]: expected a number in [0, 1e+18], found -1");
  EXPECT_EQ(complaint(kChain, "/targets/0/block_ms/2", "\"NaN\""),
            "p.json: targets[0]: block_ms[2]: expected a number, found \"NaN\"");
  EXPECT_EQ(complaint(kChain, "/targets/0/block_ms", "[1, 2]"),
            "p.json: targets[0]: block_ms: 2 entries, expected 3: one for each block");
  EXPECT_EQ(complaint(kChain, "/links/0/upload_mbps", "0"),
            "p.json: links[0]: upload_mbps: expected a number in [1e-09, 1e+18], found 0");
  EXPECT_EQ(complaint(kGraph, "/links/0/waits/1/ms", "-1"),
            "p.json: links[0]: waits[1]: ms: expected a number in [0, 1e+18], found -1");
  EXPECT_EQ(complaint(kGraph, "/latency_quantile", "1.5"),
            "p.json: latency_quantile: expected a number in [0, 1], found 1.5");
}

TEST(ProblemJson, RefusesContradictions) {
  EXPECT_EQ(complaint(kGraph, "/tensors/2/to", "[\"a\"]"),
            "p.json: tensor 2 'b': block 0 reads it, expected only blocks after 1, which makes it");
  EXPECT_EQ(complaint(kChain, "/links/0", R"({"from": "server", "to": "phone", "round_trip_ms": 1, "upload_mbps": 1})"),
            "p.json: link 0, 'server' to 'phone': it leads from tier 2 to 0, expected the same or a later tier");
  EXPECT_EQ(complaint(kGraph, "/policies/0/exits/1/share", "0.5"),
            "p.json: policy 0 'early at 0.8': its shares add up to 1.1, expected 1");
  EXPECT_EQ(complaint(kGraph, "/exits/1/block", "\"a\""),
            "p.json: exit 1 'last': it is at block 0, expected one after block 1 of the exit before");
  EXPECT_EQ(complaint(kGraph, "/blocks/1/layers", "[3, 4]"),
            "p.json: block 1 'b': it starts at layer 3, expected 4 or later, where the block before ends");
  EXPECT_EQ(complaint(kGraph, "/blocks/1/layers", "[4, 3]"),
            "p.json: blocks[1]: layers[1]: expected a whole number in [4, 1000000000], found 3");
}

TEST(ProblemJson, RefusesExitStatisticsThatDoNotFit) {
  EXPECT_EQ(complaint(kGraph, "/exit_statistics", "{}"),
            "p.json: exit_statistics: expected either this or 'policies', found {}");
  EXPECT_EQ(complaint(kChain, "/exit_statistics", "{}"),
            "p.json: exit_statistics: expected none: the problem has no 'exits', found {}");
  Json json = base::parse_json(kGraph, "p.json");
  json.erase("policies");
  const std::string text = json.dump();
  EXPECT_EQ(complaint(text.c_str(), "/exit_statistics", R"({"confidence": [[0.5]], "correct": [], "thresholds": []})"),
            "p.json: exit_statistics: confidence: expected one list for each of 2 exits, found [[0.5]]");
  EXPECT_EQ(complaint(text.c_str(), "/exit_statistics",
                      R"({"confidence": [[0.5, 0.1], [1]], "correct": [], "thresholds": []})"),
            "p.json: exit_statistics: confidence[1]: expected one number for each of 2 samples, found [1]");
}

TEST(ProblemJson, RefusesTooMuch) {
  Json encodings = Json::array();
  for (int i = 0; i < 33; ++i) encodings.push_back({{"codec", "c" + std::to_string(i)}, {"bytes", i}});
  EXPECT_EQ(complaint(kGraph, "/tensors/1/encodings", encodings.dump().c_str()),
            "p.json: tensors[1]: encodings: 33 entries, expected at most 32");
  EXPECT_EQ(complaint(kGraph, "/tiers", "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]"),
            "p.json: tiers: 17 entries, expected at most 16");
  EXPECT_EQ(complaint(kChain, "/blocks", "[]"), "p.json: blocks: expected at least one block, found []");
}

}  // namespace
}  // namespace tandem::plan
