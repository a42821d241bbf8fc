#include "model/cuts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "model/test_models.h"

namespace tandem::model {
namespace {

using testing::ElementsAre;

std::vector<std::vector<std::string>> frontiers(const Model& model) {
  std::vector<std::vector<std::string>> names;
  for (const auto& cut : model.cuts()) names.push_back(names_of(model.graph(), cut.tensors));
  return names;
}

// x → a → b → d with a skip a → d.
TestModel residual() {
  TestModel test;
  test.input("x").output("d");
  test.node("Relu", {"x"}, {"a"});
  test.node("Tanh", {"a"}, {"b"});
  test.node("Add", {"a", "b"}, {"d"});
  return test;
}

TEST(Cuts, OfAChainHoldOneTensorEach) {
  TestModel test;
  test.input("x").output("c");
  test.node("Relu", {"x"}, {"a"});
  test.node("Tanh", {"a"}, {"b"});
  test.node("Abs", {"b"}, {"c"});
  const Model model = test.model({"a", "b", "c"});
  EXPECT_THAT(frontiers(model), ElementsAre(ElementsAre("a"), ElementsAre("b")));
  EXPECT_EQ(model.cuts()[0].position, 1u);
  EXPECT_EQ(model.cuts()[0].size_bytes, 16u);
}

TEST(Cuts, AcrossASkipHoldBothBranches) {
  EXPECT_THAT(frontiers(residual().model({"a", "b", "d"})), ElementsAre(ElementsAre("a"), ElementsAre("a", "b")));
}

TEST(Cuts, HoldModelInputsThatAreStillNeeded) {
  TestModel test;
  test.input("x").input("late").output("b");
  test.node("Relu", {"x"}, {"a"});
  test.node("Add", {"a", "late"}, {"b"});
  EXPECT_THAT(frontiers(test.model({"a", "b"})), ElementsAre(ElementsAre("late", "a")));
}

TEST(Cuts, ThatHoldWhatCannotBeSentAreLeftOut) {
  const Model model = residual().model({"a", "d"});
  EXPECT_THAT(frontiers(model), ElementsAre(ElementsAre("a")));
  const auto obstacles = find_obstacles(model.graph());
  ASSERT_EQ(obstacles.size(), 1u);
  EXPECT_EQ(obstacles[0].position, 2u);
  EXPECT_THAT(names_of(model.graph(), obstacles[0].tensors), ElementsAre("b"));
}

// a is computed before `open`, though the file has them the other way round.
TEST(Cuts, AreNotLostToATensorOfUnknownShapeThatIsMadeEarly) {
  TestModel test;
  test.input("x").output("y");
  test.node("Relu", {"x"}, {"r"});
  test.node("NonZero", {"r"}, {"open"});
  test.node("Tanh", {"r"}, {"a"});
  test.node("Gather", {"a", "open"}, {"y"});
  const base::TensorType vector{base::ElementType::Float32, {1, 4}};
  const base::TensorType open{base::ElementType::Int64, {2, base::kUnknownDimension}};
  const Model model(test.source(), {{"r", vector}, {"a", vector}, {"open", open}, {"y", vector}});
  EXPECT_THAT(layer_names(model), ElementsAre("r", "a", "open", "y"));
  EXPECT_THAT(frontiers(model), ElementsAre(ElementsAre("r"), ElementsAre("r", "a")));
}

TEST(Cuts, HoldNoTensorsOfUnknownShapeAndNoStrings) {
  const auto cut_count = [](const base::TensorType& type) {
    return Model(residual().source(), {{"a", type}, {"b", type}, {"d", type}}).cuts().size();
  };
  EXPECT_EQ(cut_count({base::ElementType::Float32, {0, 4}}), 2u);
  EXPECT_EQ(cut_count({base::ElementType::Float32, {base::kUnknownDimension, 4}}), 0u);
  EXPECT_EQ(cut_count({base::ElementType::Float32, {base::kUnknownRank}}), 0u);
  EXPECT_EQ(cut_count({base::ElementType::String, {1, 4}}), 0u);
  EXPECT_EQ(cut_count({base::ElementType::Sequence, {}}), 0u);
}

TEST(Cuts, CarryAnyElementTypeOfFixedSize) {
  const std::map<std::string, base::TensorType> types = {{"a", {base::ElementType::Int64, {3}}},
                                                         {"b", {base::ElementType::Bool, {5}}}};
  const Model model(residual().source(), types);
  ASSERT_EQ(model.cuts().size(), 2u);
  EXPECT_EQ(model.cuts()[0].size_bytes, 24u);
  EXPECT_EQ(model.cuts()[1].size_bytes, 29u);
}

TEST(Cuts, BeginWithTheInputsAndEndEmpty) {
  const Model model = residual().model({"a", "b", "d"});
  EXPECT_THAT(names_of(model.graph(), cut_at(model.graph(), 0).tensors), ElementsAre("x"));
  EXPECT_TRUE(cut_at(model.graph(), 3).tensors.empty());
}

TEST(Cuts, NeverHoldAnAnswerThatNobodyReads) {
  TestModel test;
  test.input("x").output("early").output("late");
  test.node("Relu", {"x"}, {"trunk"});
  test.node("Tanh", {"trunk"}, {"early"});
  test.node("Abs", {"trunk"}, {"late"});
  const Model model = test.model({"trunk", "early", "late"});
  EXPECT_THAT(layer_names(model), ElementsAre("trunk", "early", "late"));
  EXPECT_THAT(frontiers(model), ElementsAre(ElementsAre("trunk"), ElementsAre("trunk")));
}

TEST(Cuts, OfMoreTensorsThanARequestMayCarryAreLeftOut) {
  TestModel test;
  test.input("x").output("sum");
  std::vector<std::string> branches;
  for (std::size_t i = 0; i <= kMostTensorsInACut; ++i) {
    branches.push_back("b" + std::to_string(i));
    test.node("Relu", {"x"}, {branches.back()});
  }
  test.node("Sum", branches, {"sum"});
  const Model model = test.model(branches);
  const auto widest = std::ranges::max(model.cuts(), {}, [](const Cut& cut) { return cut.tensors.size(); });
  EXPECT_EQ(widest.tensors.size(), kMostTensorsInACut);
}

// A model of `count` nodes, each reading one or two random tensors before it. Tensors without a reader are the answers,
// or are added up to one.
TestModel random_dag(std::mt19937& random, std::size_t count, bool has_one_answer) {
  TestModel test;
  test.input("x");
  std::vector<std::string> tensors = {"x"};
  std::set<std::string> unread;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string one = tensors[random() % tensors.size()];
    const std::string other = tensors[random() % tensors.size()];
    tensors.push_back("t" + std::to_string(i));
    test.node("Sum", {one, other}, {tensors.back()});
    unread.insert(tensors.back());
    unread.erase(one);
    unread.erase(other);
  }
  if (has_one_answer) {
    test.node("Sum", {unread.begin(), unread.end()}, {"sum"});
    unread = {"sum"};
  }
  for (const auto& name : unread) test.output(name);
  return test;
}

// The frontier by its definition: every tensor that a layer at or after `position` reads and none of them makes.
std::set<TensorId> brute_force_frontier(const Graph& graph, std::size_t position) {
  std::set<TensorId> frontier;
  for (std::size_t layer = position; layer < graph.layers.size(); ++layer) {
    for (const TensorId id : graph.layers[layer].inputs) {
      const std::size_t producer = graph.tensors[id].producer;
      if (producer == kNoLayer || producer < position) frontier.insert(id);
    }
  }
  return frontier;
}

class RandomGraphs : public testing::TestWithParam<unsigned> {
 protected:
  Model make(bool has_one_answer) const {
    std::mt19937 random(GetParam());
    const std::size_t count = 3 + random() % 10;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back("t" + std::to_string(i));
    return random_dag(random, count, has_one_answer).model(names);
  }
};

TEST_P(RandomGraphs, HaveTheFrontiersOfTheirDefinition) {
  const Model model = make(false);
  const Graph& graph = model.graph();
  ASSERT_EQ(model.cuts().size(), graph.layers.size() - 1);
  for (const auto& cut : model.cuts()) {
    EXPECT_EQ(std::set<TensorId>(cut.tensors.begin(), cut.tensors.end()), brute_force_frontier(graph, cut.position));
    EXPECT_EQ(cut, cut_at(graph, cut.position));
    EXPECT_TRUE(std::ranges::is_sorted(cut.tensors)) << "in order of production";
  }
}

bool answer_depends_on_more_than(const Graph& graph, TensorId tensor) {
  std::set<TensorId> reached(graph.inputs.begin(), graph.inputs.end());
  for (const auto& layer : graph.layers) {
    const bool is_fed = std::ranges::any_of(layer.inputs, [&](TensorId id) { return reached.contains(id); });
    for (const TensorId id : layer.outputs) {
      if (is_fed && id != tensor) reached.insert(id);
    }
  }
  return reached.contains(graph.answers.back());
}

TEST_P(RandomGraphs, HaveACutForEachTensorThatAllPathsCross) {
  const Model model = make(true);
  const Graph& graph = model.graph();
  for (TensorId id = graph.inputs.size(); id < graph.tensors.size(); ++id) {
    if (id == graph.answers.back() || answer_depends_on_more_than(graph, id)) continue;
    const auto is_cut_here = [&](const Cut& cut) { return cut.tensors == std::vector<TensorId>{id}; };
    EXPECT_TRUE(std::ranges::any_of(model.cuts(), is_cut_here)) << graph.tensors[id].name;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGraphs, testing::Range(1u, 61u));

}  // namespace
}  // namespace tandem::model
