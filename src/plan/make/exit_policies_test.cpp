#include "plan/make/exit_policies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"
#include "plan/problem/problem_check.h"
#include "plan/problem/test_problems.h"

namespace tandem::plan {
namespace {

using testing::ElementsAre;

// Layers: a; b and c read it; d reads c. The answers are those of b, a head, and of d.
model::Graph graph_with_exits() {
  const auto tensor = [](const std::string& name, std::size_t producer, std::vector<std::size_t> consumers) {
    const bool is_answer = consumers.empty();
    return model::TensorInfo{name,     {base::ElementType::Float32, {1, 25}}, 100, producer, std::move(consumers),
                             is_answer};
  };
  model::Graph graph;
  graph.layers = {{"a", "Conv", {0}, {1}, 0, 10, 100},
                  {"b", "Relu", {1}, {2}, 0, 0, 100},
                  {"c", "Conv", {1}, {3}, 0, 5, 100},
                  {"d", "Sum", {0, 3}, {4}, 0, 0, 100}};
  graph.tensors = {tensor("x", model::kNoLayer, {0, 3}), tensor("a", 0, {1, 2}), tensor("b", 1, {}),
                   tensor("c", 2, {3}), tensor("d", 3, {})};
  graph.inputs = {0};
  graph.answers = {2, 4};
  return graph;
}

// The first exit is right where it is sure, and the last one always.
exits::ExitStatistics statistics() {
  exits::ExitStatistics made;
  exits::ExitRecord first{"early", 2, {}, {true, true, true, false}};
  exits::ExitRecord last{"final", 1, {}, {true, true, true, true}};
  first.confidence.fill({0.9f, 0.8f, 0.7f, 0.4f});
  last.confidence.fill({0.9f, 0.9f, 0.9f, 0.9f});
  made.exits = {first, last};
  return made;
}

TEST(ExitCosts, CountHeadsApartFromTheTrunk) {
  const exits::ExitCosts costs = exit_costs(graph_with_exits(), {"b", "d"}, {8, 4, 2, 1});
  EXPECT_THAT(costs.trunk_cost, ElementsAre(8, 11));
  EXPECT_THAT(costs.head_cost, ElementsAre(4, 0));
}

TEST(ExitCosts, RefuseAnExitThatIsNoAnswer) {
  EXPECT_THROW(exit_costs(graph_with_exits(), {"a", "d"}), base::Error);
}

TEST(AddPolicies, OffersEveryFixedExitAndTheThresholdsThatPay) {
  Problem problem = with_early_exit();
  add_policies(problem, exit_costs(graph_with_exits(), {"b", "d"}, {8, 4, 20, 1}), statistics(),
               exits::Confidence::Margin);
  check(problem, "test");
  EXPECT_EQ(problem.confidence, "margin");
  EXPECT_EQ(problem.exits[0].temperature, 2);
  ASSERT_GE(problem.policies.size(), 3u);
  EXPECT_EQ(problem.policies[0].accuracy, 75);
  EXPECT_EQ(problem.policies[1].accuracy, 100);
  const auto is_perfect_and_early = [](const Policy& policy) {
    return policy.accuracy == 100 && policy.exits.size() == 2 && policy.exits[0].share == 0.75;
  };
  EXPECT_EQ(std::ranges::count_if(problem.policies, is_perfect_and_early), 1);
}

}  // namespace
}  // namespace tandem::plan
