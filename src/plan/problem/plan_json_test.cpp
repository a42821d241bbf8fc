#include "plan/problem/plan_json.h"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "base/json.h"

namespace tandem::plan {
namespace {

using base::Json;

constexpr std::size_t kLayers = 10;

// The edge is a relay; two branches cross to the cloud.
Plan branched() {
  Plan plan;
  plan.stages = {{"device", {{0, 4}, {6, 7}}, 12.5, 1200, 8.25, {{"a", "raw", 1000}, {"b", "int8", 200}}},
                 {"edge", {}, 0, 1200, 3, {{"a", "raw", 1000}, {"b", "int8", 200}}},
                 {"cloud", {{4, 6}, {7, 10}}, 1.5, 0, 0, {}}};
  plan.policy = "exit 2";
  plan.cost = 25.25;
  plan.latency_ms = 25.25;
  plan.period_ms = 12.5;
  plan.upload_bytes = 2400;
  plan.energy_j = 0.75;
  plan.accuracy = 91.25;
  return plan;
}

// The error of reading the plan with `value` (JSON) at `pointer`.
std::string complaint_about(const Plan& plan, const char* pointer, const char* value) {
  Json json = to_json(plan, "ms");
  json[Json::json_pointer(pointer)] = base::parse_json(value, "value");
  try {
    (void)plan_from_json(json, "plan.json", kLayers);
  } catch (const base::Error& error) {
    return error.message().substr(0, error.message().find(", found"));
  }
  return "no error";
}

std::string complaint(const char* pointer, const char* value) {
  return complaint_about(branched(), pointer, value);
}

TEST(PlanJson, ReadsBackWhatItWrites) {
  EXPECT_EQ(plan_from_json(to_json(branched(), "ms"), "plan.json", kLayers), branched());
}

TEST(PlanJson, WritesLayersWithBothEnds) {
  const Json json = to_json(branched(), "ms");
  EXPECT_EQ(json["stages"][0]["first_layer"], 0);
  EXPECT_EQ(json["stages"][0]["last_layer"], 6);
  EXPECT_EQ(json["stages"][0]["layers"].dump(), "[[0,3],[6,6]]");
  EXPECT_TRUE(json["stages"][1]["first_layer"].is_null());
  EXPECT_EQ(json["stages"][1]["layers"].dump(), "[]");
  EXPECT_EQ(json["throughput_per_s"], 80);
  EXPECT_EQ(json["unit"], "ms");
}

// The device runs layers 0 to 2 and 5, the edge meanwhile 3 and 4, and the cloud the rest.
Plan parallel() {
  Plan plan = branched();
  plan.stages = {{"device", {{0, 3}, {5, 6}}, 12.5, 1200, 8.25, {{"a", "raw", 1000}}},
                 {"cloud", {{6, 10}}, 1.5, 0, 0, {}}};
  plan.stages[0].steps = {{{{0, 2}}, {}, 6}, {{{2, 3}}, {{"edge", {{3, 5}}, 4, 700, 300, 2, {{"a", "int8", 700}}}}, 3}};
  plan.stages[0].steps.push_back({{{5, 6}}, {}, 3.5});
  return plan;
}

std::string complaint_about_steps(const char* pointer, const char* value) {
  return complaint_about(parallel(), pointer, value);
}

TEST(PlanJson, ReadsAndWritesSteps) {
  const Json json = to_json(parallel(), "ms");
  EXPECT_EQ(plan_from_json(json, "plan.json", kLayers), parallel());
  EXPECT_EQ(json["summary"], "device 0–2, 5 ∥ edge 3–4 → cloud 6–9 · exit 2");
  EXPECT_EQ(json["is_native"], false);
  EXPECT_EQ(json["stages"][0]["steps"][1].dump(),
            R"({"layers":[[2,2]],"compute_ms":3.0,"offloads":[{"target":"edge","layers":[[3,4]],"compute_ms":4.0,)"
            R"("sent_bytes":700.0,"returned_bytes":300.0,"exchange_ms":2.0,)"
            R"("sent":[{"tensor":"a","codec":"int8","bytes":700.0}]}]})");
  EXPECT_FALSE(json["stages"][1].contains("steps"));
}

TEST(PlanJson, ReadsAndWritesBypasses) {
  Plan plan = branched();
  plan.stages[0].bypasses = {{"cloud", 700, 2.5, {{"a", "int8", 700}}}};
  const Json json = to_json(plan, "ms");
  EXPECT_EQ(plan_from_json(json, "plan.json", kLayers), plan);
  EXPECT_FALSE(json["stages"][1].contains("bypasses"));
  EXPECT_EQ(complaint_about(plan, "/stages/0/bypasses/0/target", "\"edge\""),
            "plan.json: stages: expected a bypass from 'device' to a stage behind the next one");
  EXPECT_EQ(complaint_about(plan, "/stages/0/bypasses/0/sent", "[]"),
            "plan.json: stages[0]: bypasses[0]: sent: expected at least one tensor");
}

TEST(PlanJson, RefusesStepsThatAreNotTheirStage) {
  EXPECT_EQ(
      complaint_about_steps("/stages/0/steps/1/offloads/0/target", "\"device\""),
      "plan.json: stages[0]: steps[1]: offloads[0]: target: expected a target that runs nothing else in this step");
  EXPECT_EQ(complaint_about_steps("/stages/0/steps/1/offloads/0/layers", "[[3,3]]"),
            "plan.json: stages: expected a stage that runs layer 4");
  EXPECT_EQ(complaint_about_steps("/stages/0/steps/1/offloads/0/layers", "[]"),
            "plan.json: stages[0]: steps[1]: offloads[0]: layers: expected at least one range of layers");
  EXPECT_EQ(complaint_about_steps("/stages/0/steps/1/layers", "[[3,3]]"),
            "plan.json: stages[0]: steps: expected steps that run the layers of their stage");
  EXPECT_NE(complaint_about_steps("/stages/0/steps/1/offloads/0/returned_bytes", "-1").find("returned_bytes"),
            std::string::npos);
}

// Stops at the first exit or the second; neither needs layer 5, the head of another exit.
Plan with_exits() {
  Plan plan = branched();
  plan.stages = {{"device", {{0, 5}, {6, 9}}, 12.5, 0, 0, {}}};
  plan.exits = {{"early", 0.75, 0.875, 1.5}, {"last", 0.25, 0, 1}};
  plan.confidence = "margin";
  return plan;
}

TEST(PlanJson, ReadsBackWhereRequestsMayStop) {
  EXPECT_EQ(plan_from_json(to_json(with_exits(), "ms"), "plan.json", kLayers), with_exits());
}

TEST(PlanJson, LeavesLayersOutOnlyWithExits) {
  Plan plan = with_exits();
  plan.exits.clear();
  EXPECT_THROW((void)plan_from_json(to_json(plan, "ms"), "plan.json", kLayers), base::Error);
}

TEST(PlanJson, HasNoPolicyWithoutExits) {
  Plan plan = branched();
  plan.policy.clear();
  EXPECT_TRUE(to_json(plan, "ms")["policy"].is_null());
  EXPECT_EQ(plan_from_json(to_json(plan, "ms"), "plan.json", kLayers), plan);
}

TEST(PlanJson, ReadsStagesOfVersionOne) {
  const Json json = base::parse_json(R"({"cost": 16.25, "unit": "ms", "summary": "", "is_native": false, "stages": [
      {"target": "device", "first_layer": 0, "last_layer": 3, "compute_ms": 3.25, "sent_bytes": 1000, "exchange_ms": 8},
      {"target": "edge", "first_layer": null, "last_layer": null, "compute_ms": 0, "sent_bytes": 1000, "exchange_ms": 4},
      {"target": "cloud", "first_layer": 4, "last_layer": 9, "compute_ms": 1, "sent_bytes": 0, "exchange_ms": 0}]})",
                                     "plan.json");
  const Plan plan = plan_from_json(json, "plan.json", kLayers);
  EXPECT_EQ(plan.latency_ms, 16.25);
  EXPECT_EQ(plan.stages.at(0).ranges, (std::vector<LayerRange>{{0, 4}}));
  EXPECT_FALSE(plan.stages.at(1).runs_layers());
  EXPECT_EQ(plan.stages.at(2).ranges, (std::vector<LayerRange>{{4, 10}}));
}

TEST(PlanJson, NeedsOnlyTheCostAndTheLayers) {
  const Json json = base::parse_json(
      R"({"cost": 3, "stages": [{"target": "device", "layers": [[0, 2], [5, 9]]}, {"target": "edge", "layers": [[3, 4]]}]})",
      "plan.json");
  EXPECT_EQ(plan_from_json(json, "plan.json", kLayers).stages.at(0).ranges, (std::vector<LayerRange>{{0, 3}, {5, 10}}));
}

TEST(PlanJson, RefusesGapsAndOverlaps) {
  EXPECT_EQ(complaint("/stages", "[]"), "plan.json: stages: expected a stage that runs layer 0");
  EXPECT_EQ(complaint("/stages/2/layers", "[[4, 5], [8, 9]]"), "plan.json: stages: expected a stage that runs layer 7");
  EXPECT_EQ(complaint("/stages/2", R"({"target": "cloud", "layers": [[4, 5], [7, 8]]})"),
            "plan.json: stages: expected a stage that runs layer 9");
  EXPECT_EQ(complaint("/stages/1", R"({"target": "edge", "layers": [[3, 3]]})"),
            "plan.json: stages: expected layer 3 in one stage only");
}

TEST(PlanJson, RefusesLayersThatDescendOrDoNotExist) {
  EXPECT_EQ(complaint("/stages/2/layers", "[[7, 9], [4, 5]]"),
            "plan.json: stages[2]: layers[1][0]: expected a whole number in [10, 9]");
  EXPECT_EQ(complaint("/stages/0/layers/0", "[3, 0]"),
            "plan.json: stages[0]: layers[0][1]: expected a whole number in [3, 9]");
  EXPECT_EQ(complaint("/stages/2/last_layer", "10"),
            "plan.json: stages[2]: last_layer: expected a whole number in [4, 9]");
  EXPECT_EQ(complaint("/stages/0/last_layer", "8"), "plan.json: stages[0]: layers: expected layers from 0 to 8");
  EXPECT_EQ(complaint("/stages/1/first_layer", "8"), "plan.json: stages[1]: 'last_layer' is missing");
}

TEST(PlanJson, RefusesUnknownKeys) {
  EXPECT_EQ(complaint("/price", "3").substr(0, 31), "plan.json: unknown key 'price',");
  EXPECT_EQ(complaint("/stages/0/colour", "3").substr(0, 43), "plan.json: stages[0]: unknown key 'colour',");
  EXPECT_EQ(complaint("/cost", "\"cheap\""), "plan.json: cost: expected a number");
}

}  // namespace
}  // namespace tandem::plan
