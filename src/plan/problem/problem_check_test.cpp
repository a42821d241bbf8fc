#include "plan/problem/problem_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "base/error.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// The message for a good problem with policies after this change.
std::string complaint_after(const std::function<void(Problem&)>& change) {
  Problem problem = with_early_exit();
  problem.policies = {{"mix", {{0, 0.5, 0.9}, {1, 0.5, 0}}, 80}};
  EXPECT_EQ(complaint_about(problem), "");
  change(problem);
  return complaint_about(problem);
}

TEST(CheckProblem, NamesSourcePlaceValueAndExpectation) {
  EXPECT_EQ(complaint_after([](Problem& problem) { problem.links[1].upload_mbps = 0; }),
            "problem.json: link 1, 'edge' to 'cloud': upload bandwidth is 0, expected a number above 0");
}

TEST(CheckProblem, RefusesMissingParts) {
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.blocks.clear(); }), HasSubstr("blocks: there are none"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.targets.clear(); }), HasSubstr("targets: there are none"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.tiers.clear(); }), HasSubstr("expected 1 to 16"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.tiers.resize(17); }), HasSubstr("there are 17"));
}

TEST(CheckProblem, RefusesBlocksOutOfOrder) {
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.blocks[1].first = 2; }),
              HasSubstr("block 1 'head': it starts at layer 2, expected 3 or later"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.blocks[2].last = 6; }), HasSubstr("ends before layer 6"));
}

TEST(CheckProblem, RefusesTargetsWithoutNameTierOrTimes) {
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.targets[2].name = "edge"; }), HasSubstr("the same name"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.targets[2].name = ""; }), HasSubstr("name is empty"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.targets[2].tier = 3; }), HasSubstr("expected 0 to 2"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.targets[0].tier = 1; }), HasSubstr("expected tier 0"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.targets[0].block_ms.pop_back(); }),
              HasSubstr("target 0 'device': block times has 2 numbers, expected 3"));
}

TEST(CheckProblem, RefusesWaitsThatDoNotAscend) {
  const auto complaint_with = [](std::vector<Wait> waits) {
    return complaint_after([&](Problem& problem) { problem.links[0].waits = std::move(waits); });
  };
  EXPECT_EQ(complaint_with({{0, 0}, {10, 5}, {20, 5}}), "");
  EXPECT_EQ(complaint_with({{10, 5}, {10, 6}}),
            "problem.json: link 0, 'device' to 'edge': it waits 6 ms above 10 bytes, after 5 ms above 10, expected "
            "ascending waits");
  EXPECT_THAT(complaint_with({{10, 5}, {20, 4}}), HasSubstr("it waits 4 ms above 20 bytes"));
  EXPECT_THAT(complaint_with({{-1, 5}}), HasSubstr("the size above which it waits is -1"));
  EXPECT_THAT(complaint_with(std::vector<Wait>(33)), HasSubstr("it has 33 waits, expected at most 32"));
}

TEST(CheckProblem, RefusesInvalidNumbers) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(complaint_after([&](Problem& problem) { problem.targets[1].block_ms[0] = nan; }), HasSubstr("is nan"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.targets[1].block_ms[0] = -1; }), HasSubstr("is -1"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.targets[1].load = 0; }), HasSubstr("load is 0"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.answer_bytes = kUnlimited; }), HasSubstr("is inf"));
  EXPECT_THAT(complaint_after([&](Problem& problem) { problem.targets[1].memory_limit_bytes = nan; }),
              HasSubstr("memory limit is nan"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.latency_quantile = 1.5; }), HasSubstr("between 0 and 1"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.objective.energy_weight = -2; }), HasSubstr("is -2"));
}

TEST(CheckProblem, RefusesTensorsThatFlowBack) {
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.tensors[1].producer = 1; }),
              HasSubstr("tensor 1 'a.out': block 1 reads it, expected only blocks after 1"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.tensors[1].producer = 3; }),
              HasSubstr("its producer, block 3 does not exist, expected 0 to 2"));
  EXPECT_THAT(complaint_after([](Problem& problem) {
                problem.tensors[1].consumers = {2, 1};
              }),
              HasSubstr("expected ascending blocks"));
}

TEST(CheckProblem, RefusesEncodingsThatDoNotFitTheTargets) {
  EXPECT_THAT(complaint_after([](Problem& problem) {
                problem.tensors[0].encodings[0].encode_ms = {1, 2};
              }),
              HasSubstr("encoding 'raw': encoding times has 2 numbers, expected 3"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.tensors[0].encodings.resize(33); }),
              HasSubstr("it has 33 encodings, expected at most 32"));
}

TEST(CheckProblem, RefusesLinksBackAndTwice) {
  EXPECT_THAT(complaint_after([](Problem& problem) { std::swap(problem.links[0].from, problem.links[0].to); }),
              HasSubstr("it leads from tier 1 to 0, expected the same or a later tier"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.links.push_back(problem.links[0]); }),
              HasSubstr("link 3, 'device' to 'edge': it appears twice"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.links[0].to = 9; }), HasSubstr("target 9 does not exist"));
}

TEST(CheckProblem, RefusesExitsAndPoliciesThatDoNotAddUp) {
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.exits[1].block = 1; }), HasSubstr("exit 1 'final'"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.policies[0].exits[0].share = 0.25; }),
              HasSubstr("policy 0 'mix': its shares add up to 0.75, expected 1"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.policies[0].exits[1].exit = 0; }),
              HasSubstr("expected ascending exits"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.policies[0].exits.clear(); }), HasSubstr("no exits"));
  EXPECT_THAT(complaint_after([](Problem& problem) { problem.policies[0].accuracy = 101; }), HasSubstr("is 101"));
}

TEST(CheckProblem, RefusesConstraintsThatMakeNoSense) {
  const auto complaint = [](const Constraint& constraint) {
    return complaint_after([&](Problem& problem) { problem.constraints = {constraint}; });
  };
  EXPECT_EQ(complaint(at_most(Metric::Memory, 5, {0})), "");
  EXPECT_THAT(complaint(at_most(Metric::Memory, 5, {7})), HasSubstr("target 7 does not exist"));
  EXPECT_THAT(complaint(at_most(Metric::Latency, 5, {0})), HasSubstr("it counts latency of some targets"));
  EXPECT_THAT(complaint(at_most(Metric::Latency, -5)), StartsWith("problem.json: constraint 0 '': limit is -5"));
  Constraint share = at_most(Metric::Upload, 0.5);
  share.is_share = true;
  EXPECT_THAT(complaint(share), HasSubstr("upload to a share of the latency"));
  EXPECT_THAT(complaint({ConstraintKind::RunsOn, "", {0}, {}}), HasSubstr("it names no targets"));
  EXPECT_THAT(complaint({ConstraintKind::RunsOn, "", {}, {0}}), HasSubstr("it names no blocks"));
}

}  // namespace
}  // namespace tandem::plan
