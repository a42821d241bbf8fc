#include "plan/problem/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

using testing::HasSubstr;

template <class Action>
std::string complaint(Action action) {
  try {
    action();
  } catch (const base::Error& error) {
    EXPECT_EQ(error.kind(), base::ErrorKind::InvalidInput);
    return error.message();
  }
  return "";
}

std::string complaint_on(const Problem& problem) {
  return complaint([&] { require_figures(problem); });
}

Problem limited(Problem problem, Constraint constraint, const std::string& text) {
  constraint.text = text;
  problem.constraints = {std::move(constraint)};
  return problem;
}

Problem without_memory() {
  Problem problem = three_targets();
  for (auto& block : problem.blocks) block.memory_bytes = 0;
  return problem;
}

TEST(Figures, AreNotNeededWhereNothingCountsThem) {
  EXPECT_EQ(complaint_on(without_memory()), "");
}

TEST(Figures, OfMemoryAreNeededByALimit) {
  const Constraint limit = at_most(Metric::Memory, 1000, {0});
  const std::string message = complaint_on(limited(without_memory(), limit, "memory(device) <= 1KB"));
  EXPECT_THAT(message, HasSubstr("constraint 'memory(device) <= 1KB': the memory of the model is unknown"));
  Problem known = without_memory();
  known.blocks[1].memory_bytes = 1;
  EXPECT_EQ(complaint_on(limited(known, limit, "memory(device) <= 1KB")), "");
}

TEST(Figures, OfMemoryAreNeededByATargetWithLittle) {
  Problem problem = without_memory();
  problem.targets[0].memory_limit_bytes = 1000;
  EXPECT_THAT(complaint_on(problem), HasSubstr("memory limit of 'device': the memory of the model is unknown"));
}

TEST(Figures, OfEnergyAreNeededOfEveryTargetNamed) {
  Problem problem = three_targets();
  problem.targets[0].compute_watts = 3;
  EXPECT_EQ(complaint_on(limited(problem, at_most(Metric::Energy, 1), "energy <= 1J")), "");
  EXPECT_EQ(complaint_on(limited(problem, at_most(Metric::Energy, 1, {0}), "energy(device) <= 1J")), "");
  EXPECT_THAT(complaint_on(limited(problem, at_most(Metric::Energy, 1, {0, 1}), "energy(device,edge) <= 1J")),
              HasSubstr("constraint 'energy(device,edge) <= 1J': 'edge' has no compute_watts"));
  EXPECT_THAT(complaint_on(limited(three_targets(), at_most(Metric::Energy, 1), "energy <= 1J")),
              HasSubstr("no target has compute_watts"));
}

TEST(Figures, OfEnergyAreNeededByAnObjective) {
  Objective objective;
  objective.kind = ObjectiveKind::Weighted;
  objective.energy_weight = 1;
  EXPECT_THAT(complaint([&] { require_figures(three_targets(), objective); }),
              HasSubstr("objective energy: no target"));
}

TEST(Figures, OfAccuracyComeFromExitsOrCodecs) {
  Objective objective;
  objective.kind = ObjectiveKind::Accuracy;
  Problem problem = three_targets();
  EXPECT_THAT(complaint([&] { require_figures(problem, objective); }), HasSubstr("no exit and no codec changes it"));
  problem.tensors[0].encodings.push_back({"jpeg", 10, 0.5, {}, {}});
  EXPECT_EQ(complaint([&] { require_figures(problem, objective); }), "");
  EXPECT_EQ(complaint([&] { require_figures(with_half_exiting(), objective); }), "");
}

TEST(Figures, OfAccuracyAreUnknownWithoutPolicies) {
  Constraint limit = at_most(Metric::Error, 8);
  limit.text = "accuracy >= 92%";
  EXPECT_THAT(complaint([&] { require_accuracy(three_targets(), limit); }),
              HasSubstr("constraint 'accuracy >= 92%': the accuracy of the model is unknown"));
  EXPECT_EQ(complaint([&] { require_accuracy(with_half_exiting(), limit); }), "");
}

}  // namespace
}  // namespace tandem::plan
