#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/import/test_import.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const ImportFile kTopology{"topology_file.txt",
                           "number_of_tiers > 3\ntype_of_tiers > pi ^ box ^ gpu\nsource_tier_name > t0\n"
                           "destination_tier_name > t0\nbw_between_tiers > 8 ^ 80\nlatency_between_tiers > 20 ^ 40\n"};

// Two blocks, of `first` and `second` ms; together 1 ms less.
ImportFile partitions(const std::string& device, double first, double second) {
  return {
      fmt::format("{}/profiling_partition_Net_Data.txt", device),
      fmt::format(R"("{{\"partition_start\":{{\"0\":1,\"1\":1,\"2\":2}},\"partition_end\":{{\"0\":1,\"1\":2,\"2\":2}},)"
                  R"(\"latency_partition\":{{\"0\":[{},{}],\"1\":[{}],\"2\":[{}]}}}}")",
                  first - 1, first + 1, first + second - 1, second)};
}

// {'Net': [[0, 900, 0.5, 0.25], [1, 400, 0.125, 1], [2, 100, 2, 4]]} with NumPy's numbers.
ImportFile pickles(const std::string& device) {
  return {device + "/profiling_pickle.pkl",
          bytes_of(
              "80037d710058030000004e657471015d7102285d7103284b004d8403636e756d70792e636f72652e6d756c746961727261790a73"
              "63616c61720a7104636e756d70790a64747970650a71055802000000663871068988877107527108284b0358010000003c71094e"
              "4e4e4affffffff4affffffff4b0074710a624308000000000000e03f710b86710c52710d680468084308000000000000d03f710e"
              "86710f527110655d7111284b014d9001680468084308000000000000c03f7112867113527114680468084308000000000000f03f"
              "7115867116527117655d7118284b024b646804680843080000000000000040711986711a52711b68046808430800000000000010"
              "40711c86711d52711e6565732e")};
}

std::vector<ImportFile> files() {
  return {kTopology,
          partitions("pi", 10, 100),
          partitions("box", 4, 40),
          partitions("gpu", 1, 2),
          pickles("a/pi"),
          pickles("box"),
          pickles("gpu")};
}

TEST(PortendImport, MakesOneLinkOfSeveralHops) {
  const Problem problem = import_portend(files(), {}).problem;
  EXPECT_THAT(problem.targets[0].block_ms, ElementsAre(10, 100));
  EXPECT_DOUBLE_EQ(problem.targets[0].stage_overhead_ms, 0.75);
  EXPECT_EQ(problem.tensors[1].encodings[0].bytes, 500);
  EXPECT_THAT(problem.tensors[1].encodings[0].decode_ms, ElementsAre(1, 1, 1));
  ASSERT_EQ(problem.links.size(), 3);
  EXPECT_EQ(problem.links[0].round_trip_ms, 40);
  EXPECT_DOUBLE_EQ(problem.links[1].round_trip_ms, 120 + 9'000 * 8 / 80'000.0);  // from pi to gpu
  EXPECT_EQ(problem.links[1].upload_mbps, 8);
}

// All on pi: 0.75 + 110 = 110.75. After block 1 to box: 0.75 + 10 + 0.125 + 40 + 4000 ÷ 8000 + 1 + 40 = 92.375. The
// input to box: 0.5 + 40 + 1 + 0.25 + 44 = 85.75; to gpu more than 120.
TEST(PortendImport, HasTheirLatency) {
  EXPECT_DOUBLE_EQ(solve(import_portend(files(), {}).problem).plans.at(0).latency_ms, 85.75);
}

TEST(PortendImport, RefusesWhatIsMissing) {
  auto some = files();
  some.pop_back();
  EXPECT_EQ(complaint_of(import_portend, some), "portend: no pickles of Net_Data in gpu/profiling_pickle.pkl");
  EXPECT_EQ(complaint_of(import_portend, {partitions("pi", 1, 1)}), "portend: topology_file.txt is missing");
  EXPECT_THAT(complaint_of(import_portend, {{"notes.txt", ""}}), HasSubstr("notes.txt: expected topology_file.txt"));
  ImportFile holes = partitions("pi", 1, 1);
  holes.content.replace(holes.content.find(R"(\"2\":2},\"lat)"), 7, R"(\"2\":3)");
  auto others = files();
  others[1] = holes;
  EXPECT_THAT(complaint_of(import_portend, others),
              HasSubstr("pi/profiling_partition_Net_Data.txt: partition_start: expected a partition of block 2 alone"));
}

}  // namespace
}  // namespace tandem::plan
