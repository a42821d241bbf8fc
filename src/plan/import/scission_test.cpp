#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "plan/import/test_import.h"
#include "plan/problem/problem_json.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const ImportFile kBlocks{"blocks.csv",
                         "system,model,block,first_layer,last_layer,seconds,output_npy_bytes\n"
                         "cloud-gpu,net,0,0,1,0.01,1000\n"
                         "cloud-gpu,net,1,2,5,0.02,70000\n"
                         "device-pi,net,0,0,1,0.5,1000\n"
                         "device-pi,net,1,2,5,0.25,70000\n"};
const ImportFile kNetwork{"net.csv", "source,destination,ping(ms),bandwidth(mbps)\npi,gpu,  40,  1.6\n"};

// The same machine as a pickle of Scission's, with 'net': two blocks of 0.5 and 0.25 s.
ImportFile pickled(const std::string& path) {
  return {path,
          bytes_of("800495b5000000000000007d948c036e6574945d94288c085f5f6d61696e5f5f948c0e4c6179657242656e63686d6172"
                   "6b9493942981947d94288c056d6f64656c9468018c0b696e7075745f6c61796572944b008c0c6f75747075745f6c6179"
                   "6572944b018c117365636f6e645f70726564696374696f6e94473fe00000000000008c0b6f75747075745f73697a6594"
                   "4de803756268052981947d94286808680168094b02680a4b05680b473fd0000000000000680c4a70110100756265732e")};
}

TEST(ScissionImport, MakesAChainOfBlocksOverDeviceEdgeAndCloud) {
  const Problem problem = import_scission({kBlocks, kNetwork}, {}).problem;
  ASSERT_EQ(problem.targets.size(), 2);
  EXPECT_EQ(problem.targets[0].name, "device-pi");
  EXPECT_THAT(problem.targets[0].block_ms, ElementsAre(500, 250));
  EXPECT_EQ(problem.targets[1].tier, 2);
  EXPECT_EQ(problem.blocks[1].first, 2);
  EXPECT_EQ(problem.blocks[1].last, 6);
  EXPECT_EQ(problem.tensors[0].encodings[0].bytes, 150'000);
  EXPECT_EQ(problem.tensors[1].encodings[0].bytes, 1'000);
  EXPECT_EQ(problem.links[0].round_trip_ms, 40);
  EXPECT_DOUBLE_EQ(problem.links[0].upload_mbps, 1.6);
  // On the device 750 ms; cut after its first block 500 + 40 + 8000 bit ÷ 1600 bit/ms + 20 = 565; all in the cloud
  // 40 + 750 + 30 = 820.
  EXPECT_DOUBLE_EQ(solve(problem).plans.at(0).latency_ms, 565);
}

TEST(ScissionImport, ReadsItsPicklesAsItsTables) {
  const Problem from_table = import_scission({kBlocks, kNetwork}, {}).problem;
  ImportFile cloud{"cloud.csv", kBlocks.content.substr(0, kBlocks.content.find("device-pi"))};
  const Problem from_pickle = import_scission({pickled("data/device-pi.dat"), cloud, kNetwork}, {}).problem;
  EXPECT_EQ(to_json(from_pickle), to_json(from_table));
}

TEST(ScissionImport, SaysWhatItLeavesOut) {
  ImportFile blocks = kBlocks;
  blocks.content += "device-other,net,0,0,1,0.5,1000\ndevice-other,net,1,2,5,0.25,70000\n";
  EXPECT_THAT(import_scission({blocks, kNetwork}, {}).lost,
              testing::Contains("device-other: requests come from device-pi"));
}

TEST(ScissionImport, RefusesBrokenTablesWithTheirLine) {
  const auto spoilt = [](const std::string& line) {
    return complaint_of(import_scission, {{"blocks.csv", kBlocks.content + line}, kNetwork});
  };
  EXPECT_EQ(spoilt("cloud-gpu,net,2,6,6,fast,1\n"),
            "blocks.csv, line 6: seconds: expected a number from 0 to 1000000000, found 'fast'");
  EXPECT_EQ(spoilt("cloud-gpu,net,2,6.5,6,1,1\n"),
            "blocks.csv, line 6: first_layer: expected a whole number, found '6.5'");
  EXPECT_THAT(spoilt("cloud-gpu,net\n"), HasSubstr("blocks.csv, line 6: 2 cells, expected 7: system, model"));
  EXPECT_THAT(spoilt("fog-gpu,net,2,6,6,1,1\n"),
              HasSubstr("blocks.csv, line 6: 'fog-gpu': expected device-NAME, edge-NAME or cloud-NAME"));
  EXPECT_THAT(spoilt("cloud-gpu,net,2,6,6,1,1\n"), HasSubstr("cloud-gpu: net is cut into other blocks there"));
  EXPECT_THAT(complaint_of(import_scission, {kBlocks}), HasSubstr("no CSV of the network"));
  EXPECT_EQ(complaint_of(import_scission, {kBlocks, kNetwork}, {.model = "vgg"}), "--model vgg: expected one of net");
}

}  // namespace
}  // namespace tandem::plan
