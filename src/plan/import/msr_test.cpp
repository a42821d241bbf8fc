#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include "plan/import/test_import.h"
#include "plan/solve/solve.h"

namespace tandem::plan {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string node(int id, double cpu_ms, double accelerator_ms, const std::string& more = "") {
  return fmt::format(R"({{"id": {}, "supportedOnFpga": 1, "cpuLatency": {}, "fpgaLatency": {}, "isBackwardNode": 0,)"
                     R"( "size": 10{}}})",
                     id, cpu_ms, accelerator_ms, more);
}

ImportFile graph(const std::vector<std::string>& nodes, const std::string& edges, int accelerators = 2, int cpus = 1) {
  return {"graph.json", fmt::format(R"({{"maxSizePerFPGA": 100, "maxFPGAs": {}, "maxCPUs": {}, "nodes": [{}], )"
                                    R"("edges": [{}]}})",
                                    accelerators, cpus, fmt::join(nodes, ","), edges)};
}

std::string edge(int from, int to, double cost) {
  return fmt::format(R"({{"sourceId": {}, "destId": {}, "cost": {}}})", from, to, cost);
}

// Three nodes in a row, 4 ms each on an accelerator and 40 on the CPU; what leaves the first costs 1, the second 3.
ImportFile row(int accelerators, int cpus = 1) {
  return graph({node(1, 40, 4), node(2, 40, 4), node(3, 40, 4)}, edge(1, 2, 1) + "," + edge(2, 3, 3), accelerators,
               cpus);
}

TEST(MsrImport, PaysForATransferAtEitherAccelerator) {
  const Problem problem = import_msr({row(2)}, {}).problem;
  EXPECT_EQ(problem.objective.kind, ObjectiveKind::Throughput);
  EXPECT_THAT(problem.tensors[0].encodings[0].encode_ms, ElementsAre(0, 1, 1));
  EXPECT_THAT(problem.tensors[1].encodings[0].decode_ms, ElementsAre(0, 3, 3));
  EXPECT_EQ(problem.targets[1].memory_limit_bytes, 100);
  EXPECT_TRUE(problem.allows_bypass);
  // One accelerator alone: 12. Two: {1} with 4 + 1, {2, 3} with 1 + 8 = 9; or {1, 2} with 8 + 3 and {3} with 7: 11.
  EXPECT_DOUBLE_EQ(solve(problem).plans.at(0).cost, 9);
  EXPECT_DOUBLE_EQ(solve(import_msr({row(1)}, {}).problem).plans.at(0).cost, 12);
}

TEST(MsrImport, RunsOneColourClassInOnePlace) {
  const auto imported = import_msr(
      {graph({node(1, 40, 4, R"(, "colorClass": 5)"), node(2, 40, 4), node(3, 40, 4, R"(, "colorClass": 5)")},
             edge(1, 2, 1) + "," + edge(1, 3, 1))},
      {});
  ASSERT_EQ(imported.problem.blocks.size(), 2);
  EXPECT_THAT(imported.problem.targets[1].block_ms, ElementsAre(8, 4));
  EXPECT_EQ(imported.problem.blocks[0].memory_bytes, 20);
  EXPECT_THAT(imported.lost, testing::Contains(HasSubstr("3 nodes became 2 blocks")));
}

TEST(MsrImport, KeepsNodesOffMachinesThatCannotRunThem) {
  std::string only_cpu = node(2, 40, 4);
  only_cpu.replace(only_cpu.find("Fpga\": 1") + 7, 1, "0");
  const Problem problem = import_msr({graph({node(1, 40, 4), only_cpu}, edge(1, 2, 1))}, {}).problem;
  const Plan best = solve(problem).plans.at(0);
  EXPECT_DOUBLE_EQ(best.cost, 80);  // the CPU comes first, so node 1 runs there too
  const Problem without_cpu = import_msr({row(2, 0)}, {}).problem;
  EXPECT_FALSE(solve(without_cpu).plans.at(0).stages[0].runs_layers());
}

TEST(MsrImport, RefusesBrokenGraphs) {
  const auto complaint = [](const ImportFile& file) { return complaint_of(import_msr, {file}); };
  EXPECT_THAT(complaint(graph({node(1, 4, 4), node(1, 4, 4)}, "")),
              HasSubstr("graph.json: nodes[1]: id: expected an id that no other node has, found 1"));
  EXPECT_THAT(complaint(graph({node(1, 4, 4)}, edge(1, 7, 1))),
              HasSubstr("edges[0]: destId: expected the id of a node"));
  EXPECT_THAT(complaint(graph({node(1, 4, 4), node(2, 4, 4), node(3, 4, 4)}, edge(1, 2, 1) + "," + edge(1, 3, 2))),
              HasSubstr("edges[1]: cost: expected 1, as of the other edges from this node, found 2"));
  EXPECT_THAT(complaint(graph({node(1, -4, 4)}, "")), HasSubstr("nodes[0]: cpuLatency"));
  EXPECT_THAT(complaint(graph({node(1, 4, 4)}, "", 1000)), HasSubstr("maxFPGAs"));
  std::string backward = node(1, 4, 4);
  backward.replace(backward.find("Node\": 0") + 7, 1, "1");
  EXPECT_THAT(complaint(graph({backward}, "")), HasSubstr("expected a graph for inference"));
}

}  // namespace
}  // namespace tandem::plan
