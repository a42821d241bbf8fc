#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/import/test_import.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const ImportFile kModels{"models.yml",
                         "Dummy:\n  layers: 0\n  mem_MB: []\n  parameters_in: 0\n  parameters_out: []\n"
                         "vit:\n  layers: 3\n  mem_MB: [1, 2, 3]\n  parameters_in: 1000\n"
                         "  parameters_out: [4096, 8192, 10]\n"};
const ImportFile kTypes{"device_types.yml",
                        "board:\n  bw_Mbps: 8\n  mem_MB: 64\n  model_profiles:\n    vit:\n"
                        "    - {batch_size: 8, dtype: torch.float32, time_s: [0.1, 0.2, 0.1]}\n"
                        "    - {batch_size: 1, dtype: torch.float32, time_s: [0.02, 0.03, 0.02]}\n"
                        "box:\n  bw_Mbps: 1000\n  mem_MB: 64\n  model_profiles:\n    vit:\n"
                        "    - {batch_size: 8, dtype: torch.float32, time_s: [0.1, 0.1, 0.1]}\n"
                        "other:\n  bw_Mbps: 1000\n  mem_MB: 64\n  model_profiles:\n"};
const ImportFile kDevices{"devices.yml", "board: [b-0]\nbox: [x-0]\nother: [o-0]\nspare: []\n"};

Imported imported() {
  return import_pipeedge({kDevices, kTypes, kModels}, {.batch_size = 8});
}

TEST(PipeEdgeImport, GivesEachHostTheTimesOfItsType) {
  const Problem problem = imported().problem;
  ASSERT_EQ(problem.targets.size(), 3);
  EXPECT_EQ(problem.targets[1].name, "b-0");
  EXPECT_EQ(problem.targets[1].kind, "board");
  EXPECT_THAT(problem.targets[1].block_ms, ElementsAre(100, 200, 100));
  EXPECT_EQ(problem.blocks[1].memory_bytes, 2 * 1048576);
  EXPECT_EQ(problem.targets[2].memory_limit_bytes, 64 * 1048576);
  EXPECT_EQ(problem.tensors[0].encodings[0].bytes, 0);
  EXPECT_EQ(problem.tensors[1].encodings[0].bytes, 4096 * 4 * 8);
  ASSERT_EQ(problem.links.size(), 4);  // from the origin to each, and both ways between them
  EXPECT_DOUBLE_EQ(problem.links[3].upload_mbps, 8 * 1.048576);
}

// The transfer after layer 1 takes 131,072 bytes ÷ 1 MiB/s = 125 ms, that after layer 2 twice as long. {1} and {2, 3}:
// 100, 125 and 200; all on x-0: 300; {1, 2} and {3}: 300.
TEST(PipeEdgeImport, HasTheirPeriod) {
  EXPECT_NEAR(solve(imported().problem).plans.at(0).period_ms, 200, 1e-9);
}

// Where the board takes 500 ms for layer 1 and 50 for each other one, the box comes first: 100, 125 and 100.
TEST(PipeEdgeImport, LeavesTheOrderOfHostsToThePlanner) {
  ImportFile types = kTypes;
  types.content.replace(types.content.find("[0.1, 0.2, 0.1]"), 15, "[0.5, 0.05, 0.05]");
  const Plan best = solve(import_pipeedge({kDevices, types, kModels}, {.batch_size = 8}).problem).plans.at(0);
  EXPECT_NEAR(best.period_ms, 125, 1e-9);
  EXPECT_EQ(best.stages.at(1).target, "x-0");
}

TEST(PipeEdgeImport, SaysWhatItLeavesOut) {
  const auto lost = imported().lost;
  EXPECT_THAT(lost, testing::Contains("other: no profile of vit"));
  EXPECT_THAT(lost, testing::Contains("a request is a batch of 8 in torch.float32"));
}

TEST(PipeEdgeImport, RefusesWhatIsMissingOrDoesNotFit) {
  EXPECT_EQ(complaint_of(import_pipeedge, {kTypes, kModels}), "pipeedge: devices.yml is missing");
  EXPECT_THAT(
      complaint_of(import_pipeedge, {kDevices, kTypes, kModels}),
      HasSubstr("device_types.yml: board: model_profiles: vit: expected one profile: choose it by --batch-size"));
  EXPECT_THAT(complaint_of(import_pipeedge, {kDevices, kTypes, kModels}, {.model = "bert", .batch_size = 8}),
              HasSubstr("bert: expected one of vit"));
  EXPECT_THAT(complaint_of(import_pipeedge, {kDevices, kTypes, kModels}, {.batch_size = 3}),
              HasSubstr("no device has a profile of vit"));
  ImportFile models = kModels;
  models.content.replace(models.content.find("[1, 2, 3]"), 9, "[1, 2]");
  EXPECT_THAT(complaint_of(import_pipeedge, {kDevices, kTypes, models}, {.batch_size = 8}),
              HasSubstr("models.yml: vit: mem_MB: expected a value for each of 3 layers"));
}

}  // namespace
}  // namespace tandem::plan
